"""So many attempts per key and window, counted in the database before the attempt.

A key is a keyed hash of what is counted, so the table holds no addresses; it is counted whether or not it belongs to
anybody, so the throttle tells nothing.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation import crypto, database
from portal.foundation.clock import now
from portal.foundation.database import Base, UtcDateTime, db
from portal.foundation.errors import TooMany
from portal.foundation.text import _


class ThrottleCount(Base):
    """How often one key was tried in the window that ends at `expires_at`."""

    __tablename__ = "throttle_count"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)


# Written out, since both databases read it and the builder compiles an upsert anew at every call (1 ms each).
HIT = sa.text(
    """
    INSERT INTO throttle_count (key, hits, expires_at) VALUES (:key, 1, :until)
    ON CONFLICT (key) DO UPDATE SET
        hits = CASE WHEN throttle_count.expires_at <= :moment THEN 1 ELSE throttle_count.hits + 1 END,
        expires_at = CASE WHEN throttle_count.expires_at <= :moment THEN :until ELSE throttle_count.expires_at END
    RETURNING hits
    """
).bindparams(sa.bindparam("moment", type_=UtcDateTime()), sa.bindparam("until", type_=UtcDateTime()))


@dataclass(frozen=True)
class Limit:
    """At most `hits` of one kind within `window`."""

    kind: str
    hits: int
    window: timedelta


def count(*attempts: tuple[Limit, str]) -> dict[Limit, int]:
    """Count attempts, each under its limit and identifier, and store the counts at once; returns them.

    Raises:
        TooMany: one of them is past its limit.
    """
    database.release()
    moment = now()
    # In one order, so that two requests never wait for each other's rows.
    hits = {
        limit: _hit(limit, identifier, moment)
        for limit, identifier in sorted(attempts, key=lambda attempt: attempt[0].kind)
    }
    db.session.commit()
    if any(number > limit.hits for limit, number in hits.items()):
        raise TooMany(_("Too many tries. Wait 15 minutes and try again."))
    return hits


def network(address: str) -> str:
    """What is counted of a network address: for IPv6 its /64, which one household or machine has to itself.

    A socket for both versions tells IPv4 as ::ffff:192.0.2.1: all of those share one /64, but are many callers.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def forget(limit: Limit, identifier: str) -> None:
    """Start anew for a key, as after the right password; part of the caller's transaction."""
    db.session.execute(sa.delete(ThrottleCount).where(ThrottleCount.key == _key(limit, identifier)))


def sweep() -> int:
    """Delete the windows that are over; returns how many."""
    result = db.session.execute(sa.delete(ThrottleCount).where(ThrottleCount.expires_at <= now()))
    return int(result.rowcount)  # type: ignore[attr-defined]  # a delete's result is a CursorResult


def _key(limit: Limit, identifier: str) -> str:
    return crypto.lasting_hash("throttle", f"{limit.kind}:{identifier}")


def _hit(limit: Limit, identifier: str, moment: datetime) -> int:
    values = {"key": _key(limit, identifier), "moment": moment, "until": moment + limit.window}
    return int(db.session.execute(HIT, values).scalar_one())
