"""Devices: browsers that signed in fully before are known again, each for its own account."""

from datetime import timedelta

import sqlalchemy as sa

from portal.accounts.models import Account, Device, SignInSession
from portal.accounts.queries import Owner
from portal.accounts.service import sessions
from portal.accounts.service.sessions import Visitor
from portal.foundation import crypto
from portal.foundation.clock import now
from portal.foundation.database import db, table_of
from portal.foundation.straight import Straight

MOST = 4  # accounts that one browser is trusted for: a family's, or somebody's own and the shop's
KEPT = timedelta(days=400)  # as long as browsers keep the cookie
REVOKED_KEPT = timedelta(days=30)

# Made once, and of the table alone, since every sign-in needs them.
_rows = table_of(Device)
_known = (
    _rows.c.account_id == sa.bindparam("owner"),
    _rows.c.digest.in_([sa.bindparam(f"digest_{place}") for place in range(MOST)]),
    _rows.c.revoked_at.is_(None),
)
_KNOWN = Straight(sa.select(_rows.c.id).where(*_known).order_by(_rows.c.id).limit(1))
_SEEN = Straight(sa.update(_rows).where(*_known).values(seen_at=sa.bindparam("moment")).returning(_rows.c.id))
_TRUST = Straight(sa.insert(_rows).returning(_rows.c.id))


def known(account_id: int, visitor: Visitor) -> int | None:
    """The id of the trusted device of an account that a browser is; asked alike for ids that no account has."""
    if not visitor.devices:
        return None
    found = _KNOWN.row({"owner": account_id, **_digests(visitor)})
    return found[0] if found else None


def trust(account: Owner, visitor: Visitor) -> tuple[int, str | None]:
    """Know the browser again from now on: the id of its device, and a handle for the cookie where it was not known."""
    if visitor.devices and (seen := _SEEN.row({"owner": account.id, "moment": now(), **_digests(visitor)})):
        return seen[0], None
    handle = crypto.random_handle()
    values = {"account_id": account.id, "digest": crypto.digest(handle), "browser": visitor.browser}
    return _TRUST.one(values)[0], handle


def trusted(account: Account) -> list[Device]:
    """The browsers that are known for an account, seen last first."""
    known_now = sa.select(Device).where(Device.account_id == account.id, Device.revoked_at.is_(None))
    return list(db.session.scalars(known_now.order_by(Device.seen_at.desc(), Device.id.desc())))


def revoke(device_id: int) -> None:
    """Trust one device no longer; saying so twice is harmless."""
    db.session.execute(
        sa.update(Device).where(Device.id == device_id, Device.revoked_at.is_(None)).values(revoked_at=now())
    )


def forget_all(account: Account, *, kept: SignInSession | None = None) -> None:
    """Trust no browser of an account any more, but the one of the session that is kept."""
    trusted = sa.update(Device).where(Device.account_id == account.id, Device.revoked_at.is_(None))
    if kept is not None and kept.device_id is not None:
        trusted = trusted.where(Device.id != kept.device_id)
    db.session.execute(trusted.values(revoked_at=now()))


def sign_out(account: Account, session_id: int) -> None:
    """End one session from afar, as the owner asks for, and trust its browser no longer.

    Raises:
        NotFound: the account has no such session.
    """
    device_id = sessions.end_own(account, session_id).device_id
    if device_id is not None:
        revoke(device_id)


def sign_out_others(account: Account, kept: SignInSession) -> None:
    """End every session but one, and trust no browser but its."""
    sessions.end_others(account, kept)
    forget_all(account, kept=kept)


def sign_out_everywhere(account: Account) -> None:
    """End every session, and trust no browser."""
    sessions.end_all(account)
    forget_all(account)


def sweep() -> None:
    """Delete devices that lost their trust, or were not seen for longer than their cookie lives."""
    moment = now()
    db.session.execute(
        sa.delete(Device).where(sa.or_(Device.revoked_at <= moment - REVOKED_KEPT, Device.seen_at <= moment - KEPT))
    )


def _digests(visitor: Visitor) -> dict[str, object]:
    handles = (*visitor.devices, *(None,) * MOST)[:MOST]
    return {f"digest_{place}": handle and crypto.digest(handle) for place, handle in enumerate(handles)}
