"""Devices: browsers that signed in fully before are known again, each for its own account."""

import sqlalchemy as sa

from portal.accounts.models import Account, Device
from portal.accounts.service.sessions import Visitor
from portal.foundation import crypto
from portal.foundation.clock import now
from portal.foundation.database import db


def known(account_id: int, visitor: Visitor) -> Device | None:
    """The trusted device of an account that a browser is; asked alike for ids that no account has."""
    digests = [crypto.digest(handle) for handle in visitor.devices]
    return db.session.scalar(
        sa.select(Device)
        .where(Device.account_id == account_id, Device.digest.in_(digests), Device.revoked_at.is_(None))
        .limit(1)
    )


def trust(account: Account, visitor: Visitor) -> tuple[Device, str | None]:
    """Know the browser again from now on; its handle for the cookie comes back when it has none for this account."""
    device = known(account.id, visitor)
    if device is not None:
        device.seen_at = now()
        return device, None
    handle = crypto.random_handle()
    device = Device(account_id=account.id, digest=crypto.digest(handle), browser=visitor.browser)
    db.session.add(device)
    db.session.flush()
    return device, handle


def trusted(account: Account) -> list[Device]:
    """The browsers that are known for an account, seen last first."""
    known_now = sa.select(Device).where(Device.account_id == account.id, Device.revoked_at.is_(None))
    return list(db.session.scalars(known_now.order_by(Device.seen_at.desc(), Device.id.desc())))


def forget_all(account: Account) -> None:
    """Trust no browser of an account any more, as after its password was reset."""
    db.session.execute(
        sa.update(Device).where(Device.account_id == account.id, Device.revoked_at.is_(None)).values(revoked_at=now())
    )
