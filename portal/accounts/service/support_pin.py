"""Support PIN: six digits that a signed-in customer reads out to staff, so that nothing secret is said aloud."""

import hmac
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.accounts.models import Account, SupportPin
from portal.accounts.service.trail import actor_of, subject_of
from portal.audit.service import record
from portal.foundation import crypto
from portal.foundation.clock import now
from portal.foundation.database import db

DIGITS = 6
LIFETIME = timedelta(minutes=15)
MOST = 5  # wrong tries, then it is dead
PURPOSE = "support pin"


def make(account: Account) -> str:
    """Make a PIN in place of the one before and return it; it is stored nowhere."""
    pin = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    db.session.refresh(account, with_for_update=True)  # of two pages at once the later one has the PIN that works
    row = db.session.get(SupportPin, account.id, populate_existing=True) or SupportPin(account_id=account.id)
    row.digest = crypto.keyed_hash(PURPOSE, _bound(account.id, pin))
    row.made_at, row.expires_at, row.tries, row.used_at = now(), now() + LIFETIME, 0, None
    db.session.add(row)
    record("account.support_pin_made", subject_of(account), by=actor_of(account))
    return pin


def works_until(account_id: int) -> datetime | None:
    """Until when the PIN of a customer works, None when there is none that does."""
    return db.session.scalar(sa.select(SupportPin.expires_at).where(*_in_force(account_id)))


def use(account_id: int, said: str) -> bool:
    """Whether this is the PIN, counted before it is compared; a right one works this once."""
    tried = (
        sa.update(SupportPin)
        .where(*_in_force(account_id))
        .values(tries=SupportPin.tries + 1)
        .returning(SupportPin.digest)
        .execution_options(synchronize_session=False)
    )
    digest = db.session.scalar(tried)
    typed = _bound(account_id, "".join(said.split()))
    if digest is None or not any(hmac.compare_digest(digest, code) for code in crypto.keyed_hashes(PURPOSE, typed)):
        return False
    db.session.execute(
        sa.update(SupportPin)
        .where(SupportPin.account_id == account_id)
        .values(used_at=now())
        .execution_options(synchronize_session=False)
    )
    return True


def sweep() -> None:
    """Delete the PINs that have run out."""
    db.session.execute(sa.delete(SupportPin).where(SupportPin.expires_at <= now()))


def _in_force(account_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        SupportPin.account_id == account_id,
        SupportPin.used_at.is_(None),
        SupportPin.expires_at > now(),
        SupportPin.tries < MOST,
    )


def _bound(account_id: int, pin: str) -> str:
    return f"{account_id}:{pin}"
