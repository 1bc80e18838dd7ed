"""The authenticator app of an account: begun, confirmed by a first code, used, removed."""

import logging
from datetime import timedelta

import sqlalchemy as sa

from portal.accounts.errors import WrongCode
from portal.accounts.models import Account, Authenticator, SignInSession
from portal.accounts.rules import totp as rules
from portal.accounts.service import factors, sessions
from portal.accounts.service.factors import Change
from portal.foundation import crypto
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict, Expired, NotFound
from portal.foundation.text import _

PURPOSE = METHOD = "totp"
SET_UP = timedelta(hours=1)  # how long a secret may wait for its first code

log = logging.getLogger(__name__)


def of(account: Account) -> Authenticator | None:
    """The app that an account has, confirmed by a code."""
    row = _row(account)
    return row if row is not None and row.confirmed_at is not None else None


def use(account: Account, typed: str) -> bool:
    """Whether a code is the app's and was not used before; it never counts again, nor does one shown before it."""
    row = of(account)
    return row is not None and _take(row, typed)


def begun(account: Account) -> Authenticator | None:
    """The app that an account is setting up and has not confirmed yet."""
    row = _row(account)
    if row is None or row.confirmed_at is not None or now() - row.created_at >= SET_UP:
        return None
    try:
        secret_of(row)
    except crypto.Unreadable:  # its key has left the ring meanwhile: as good as not begun
        return None
    return row


def begin(account: Account) -> None:
    """Make a secret for an app; nothing is asked of a sign-in before its first code was right.

    Raises:
        Conflict: the account has an app.
    """
    db.session.refresh(account, with_for_update=True)
    row = _row(account)
    if row is not None and row.confirmed_at is not None:
        raise Conflict(_("Your account has an authenticator app. Remove it before you set up another one."))
    if row is not None:
        db.session.delete(row)
        db.session.flush()
    db.session.add(Authenticator(account_id=account.id, secret=crypto.encrypt(PURPOSE, rules.new_secret())))
    db.session.flush()


def confirm(account: Account, typed: str, *, kept: SignInSession) -> str:
    """Turn the app on with its first code; the session goes on under a new handle, which comes back.

    Raises:
        WrongCode: it is not the code of this app.
        Expired: nothing was begun, or too long ago.
    """
    db.session.refresh(account, with_for_update=True)
    row = begun(account)
    if row is None:
        raise Expired(_("This took too long, or was finished in another window. Start again."))
    if not _take(row, typed):
        raise WrongCode(_("This code is not right. Wait for the next one and type it."))
    row.confirmed_at = now()
    db.session.flush()
    sessions.confirm(kept, METHOD)
    return factors.changed(account, Change.APP_ADDED, kept=kept)


def remove(account: Account, *, kept: SignInSession) -> str:
    """Turn the app off; the session goes on under a new handle, which comes back.

    Raises:
        NotFound: the account has none.
    """
    db.session.refresh(account, with_for_update=True)
    row = of(account)
    if row is None:
        raise NotFound(_("Your account has no authenticator app."))
    db.session.delete(row)
    db.session.flush()
    return factors.changed(account, Change.APP_REMOVED, kept=kept)


def secret_of(row: Authenticator) -> str:
    """The secret in clear.

    Raises:
        Unreadable: its key has left the ring.
    """
    return crypto.decrypt(PURPOSE, row.secret)


def _take(row: Authenticator, typed: str) -> bool:
    try:
        step = rules.matching_step(secret_of(row), typed, now())
    except crypto.Unreadable:
        log.warning("The key of the authenticator app of account %s has left the ring.", row.account_id)
        return False
    if step is None:
        return False
    # The database decides, so that of several uses at the same moment one counts.
    used = db.session.execute(
        sa.update(Authenticator)
        .where(Authenticator.id == row.id, Authenticator.last_step < step)
        .values(last_step=step)
        .execution_options(synchronize_session=False)
    )
    return bool(used.rowcount == 1)  # type: ignore[attr-defined]  # an update's result is a CursorResult


def _row(account: Account) -> Authenticator | None:
    return db.session.scalar(
        sa.select(Authenticator).where(Authenticator.account_id == account.id).execution_options(populate_existing=True)
    )
