"""A password is changed by somebody who knows the current one, or set by a flow that proved the address."""

from datetime import timedelta

import sqlalchemy as sa

from portal.accounts import mails
from portal.accounts.errors import WrongPassword
from portal.accounts.models import Account, Realm, SignInSession
from portal.accounts.rules.links import RESET
from portal.accounts.service import devices, tries
from portal.audit.models import ActorKind
from portal.audit.service import Actor, Subject, record
from portal.foundation import hashing, throttle, tokens
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.hashing import Secret
from portal.foundation.text import _
from portal.foundation.throttle import Limit

CURRENT = Limit("current-password", 10, timedelta(minutes=15))


def change_password(account: Account, current: str, new: str, *, kept: SignInSession) -> None:
    """Take a new password from somebody who knows the current one; every other session ends.

    Raises:
        WrongPassword: the current one is another, or was changed at this moment.
        TooMany: asked too often.
        Busy: too many hashes wait already.
    """
    known = check_current(account, current)
    [made] = hashing.make((Secret.PASSWORD, new))
    confirm_unchanged(account, known)
    set_password(account, made, by=actor_of(account), kept=kept)


def check_current(account: Account, password: str) -> str:
    """Ask for the current password before something weighty; returns the hash that it fits.

    Raises:
        WrongPassword: it is another.
        TooMany: asked too often.
        Busy: too many hashes wait already.
    """
    stored = account.password_hash
    throttle.count((CURRENT, str(account.id)))
    if not hashing.verify(Secret.PASSWORD, stored, password):
        raise _wrong()
    return stored


def confirm_unchanged(account: Account, known: str) -> None:
    """Hold an account for writing, after a hash, while its password is still the one that was compared.

    Raises:
        WrongPassword: it was changed meanwhile.
    """
    db.session.refresh(account, with_for_update=True)
    if account.password_hash != known:
        raise _wrong()


def set_password(account: Account, new_hash: str, *, by: Actor, kept: SignInSession | None = None) -> None:
    """Store a new password: sessions and trusted devices end (but one, where told), open links die, the owner is told.

    Where none is kept, the owner came by a mailed link: wrong tries are forgotten.
    """
    account.password_hash = new_hash
    account.password_changed_at = now()
    db.session.flush()
    if kept is None:
        devices.sign_out_everywhere(account)
        tries.start_anew(account)
    else:
        devices.sign_out_others(account, kept)
    tokens.revoke(RESET, account.id)
    mails.password_changed(account)
    record("account.password_changed", subject_of(account), by=by)


def rehash(account: Account, known: str, new_hash: str) -> None:
    """Replace a hash by one of today's cost, unless the password was changed meanwhile."""
    fresh = sa.update(Account).where(Account.id == account.id, Account.password_hash == known)
    db.session.execute(fresh.values(password_hash=new_hash))


def actor_of(account: Account) -> Actor:
    """The owner of an account as the actor of an audit entry."""
    kind = ActorKind.CUSTOMER if account.realm is Realm.CUSTOMER else ActorKind.STAFF
    return Actor(kind, account.id, account.email)


def subject_of(account: Account) -> Subject:
    """An account as the subject of an audit entry."""
    return Subject("account", account.id, account.email)


def _wrong() -> WrongPassword:
    return WrongPassword(_("This is not your current password"))
