"""A password is changed by somebody who knows the current one, or set by a flow that proved the address."""

from datetime import timedelta

import sqlalchemy as sa

from portal.accounts import mails
from portal.accounts.errors import WrongPassword
from portal.accounts.models import Account, SignInSession
from portal.accounts.queries import Owner
from portal.accounts.rules.passwords import LONGEST
from portal.accounts.service import answers, devices, pending, sessions, tries
from portal.accounts.service.trail import actor_of, subject_of
from portal.audit.service import Actor, record
from portal.foundation import hashing, throttle
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.hashing import Secret
from portal.foundation.text import _
from portal.foundation.throttle import Limit

__all__ = [
    "actor_of",
    "change_password",
    "check_current",
    "confirm_unchanged",
    "rehash",
    "set_password",
    "subject_of",
]

CURRENT = Limit("current-password", 10, timedelta(minutes=15))
CURRENT_A_DAY = Limit("current-password of a day", 100, timedelta(days=1))  # a stolen session may last a month


def change_password(account: Account, current: str, new: str, *, kept: SignInSession) -> str:
    """Take a new password from somebody who knows the current one; every other session ends.

    This one goes on under a new handle, which comes back.

    Raises:
        WrongPassword: the current one is another, or was changed at this moment.
        PasswordIsAnswer: the new one is the answer to the security question.
        TooMany: asked too often.
        Busy: too many hashes wait already.
    """
    known = check_current(account, current)
    answers.refuse_as_password(account, new)
    [made] = hashing.make((Secret.PASSWORD, new))
    confirm_unchanged(account, known)
    set_password(account, made, by=actor_of(account), kept=kept)
    return sessions.renew(kept)


def check_current(account: Account, password: str) -> str:
    """Ask for the current password before something weighty; returns the hash that it fits.

    Raises:
        WrongPassword: it is another.
        TooMany: asked too often.
        Busy: too many hashes wait already.
    """
    stored = account.password_hash
    with hashing.reserved():  # who finds no place has not tried
        throttle.count((CURRENT, str(account.id)), (CURRENT_A_DAY, str(account.id)))
        if len(password) > LONGEST or not hashing.verify(Secret.PASSWORD, stored, password):
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
    """Store a new password: sessions and devices end (but one, where told), as does whatever was begun.

    The owner is told. Where none is kept, the owner came by a mailed link: wrong tries are forgotten.
    """
    account.password_hash = new_hash
    account.password_changed_at = now()
    db.session.flush()
    if kept is None:
        devices.sign_out_everywhere(account)
        tries.start_anew(account)
    else:
        devices.sign_out_others(account, kept)
    pending.end_all(account, by)
    mails.password_changed(account)
    record("account.password_changed", subject_of(account), by=by)


def rehash(account: Owner, known: str, new_hash: str) -> None:
    """Replace a hash by one of today's cost, unless the password was changed meanwhile."""
    fresh = sa.update(Account).where(Account.id == account.id, Account.password_hash == known)
    db.session.execute(fresh.values(password_hash=new_hash))


def _wrong() -> WrongPassword:
    return WrongPassword(_("This is not your current password"))
