"""So many attempts per key and window, counted in the database before the attempt.

A key is a keyed hash of what is counted, so the table holds no addresses; it is counted whether or not it belongs to
anybody, so the throttle tells nothing.
"""

import functools
import ipaddress
import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation import crypto, database
from portal.foundation.clock import now
from portal.foundation.database import Base, UtcDateTime, db, table_of
from portal.foundation.errors import Busy, TooMany
from portal.foundation.straight import Straight
from portal.foundation.text import _, plural

log = logging.getLogger(__name__)


class ThrottleCount(Base):
    """How often one key was tried in the window that ends at `expires_at`."""

    __tablename__ = "throttle_count"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)


_counts = table_of(ThrottleCount)
_FORGET = Straight(sa.delete(_counts).where(_counts.c.key == sa.bindparam("counted")))


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
        Busy: the counts cannot be stored, so nothing is let past them.
    """
    database.release()
    with or_closed():
        counts = _hit(attempts)
        db.session.commit()
    _refuse_past(counts)
    return {limit: hits for limit, hits, _ in counts}


def add(*attempts: tuple[Limit, str]) -> dict[Limit, int]:
    """Count attempts in the caller's transaction, which has to be rolled back when one is refused.

    Raises:
        TooMany: one of them is past its limit.
    """
    counts = _hit(attempts)
    _refuse_past(counts)
    return {limit: hits for limit, hits, _ in counts}


def take_back(*attempts: tuple[Limit, str]) -> None:
    """Uncount attempts that turned out to be none, as after the right password; part of the caller's transaction."""
    keys = [_key(limit, identifier) for limit, identifier in attempts]
    _uncounting(len(keys)).run({f"key_{place}": key for place, key in enumerate(keys)})


@contextmanager
def or_closed() -> Iterator[None]:
    """What cannot be counted is refused: a throttle that is out of order keeps the door shut.

    Raises:
        Busy: the database did not take the count.
    """
    try:
        yield
    except DBAPIError as error:
        db.session.rollback()
        log.error("Nothing can be counted, so nobody is let in: %s", error.orig)  # noqa: TRY400 - one line tells it
        raise Busy(_("This isn’t possible right now. Try again in a minute.")) from error


def too_many(seconds: float) -> TooMany:
    """The refusal that says when to come back."""
    minutes = plural("%(num)s minute", "%(num)s minutes", max(1, math.ceil(seconds / 60)))
    return TooMany(_("Wait %(minutes)s and try again.", minutes=minutes), max(1, math.ceil(seconds)))


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
    _FORGET.run({"counted": _key(limit, identifier)})


def sweep() -> int:
    """Delete the windows that are over; returns how many."""
    result = db.session.execute(sa.delete(ThrottleCount).where(ThrottleCount.expires_at <= now()))
    return int(result.rowcount)  # type: ignore[attr-defined]  # a delete's result is a CursorResult


def _key(limit: Limit, identifier: str) -> str:
    return crypto.lasting_hash("throttle", f"{limit.kind}:{identifier}")


def _hit(attempts: Sequence[tuple[Limit, str]]) -> list[tuple[Limit, int, datetime]]:
    moment = now()
    # In one order, so that two requests never wait for each other's rows.
    ordered = sorted(attempts, key=lambda attempt: attempt[0].kind)
    limits = {_key(limit, identifier): limit for limit, identifier in ordered}
    values: dict[str, object] = {"moment": moment}
    for place, (key, limit) in enumerate(limits.items()):
        values |= {f"key_{place}": key, f"until_{place}": moment + limit.window}
    return [(limits[key], hits, until) for key, hits, until in _counting(len(limits)).rows(values)]


def _refuse_past(counts: list[tuple[Limit, int, datetime]]) -> None:
    past = [until for limit, hits, until in counts if hits > limit.hits]
    if past:
        raise too_many((max(past) - now()).total_seconds())


@functools.cache
def _uncounting(rows: int) -> Straight:
    mine = _counts.c.key.in_([sa.bindparam(f"key_{place}") for place in range(rows)])
    return Straight(sa.update(_counts).where(mine, _counts.c.hits > 0).values(hits=_counts.c.hits - 1))


@functools.cache
def _counting(rows: int) -> Straight:
    """Count so many keys at once.

    Written out, since both databases read it and the builder compiles an upsert anew at every call (1 ms each).
    """
    places = range(rows)
    text = f"""
        INSERT INTO throttle_count (key, hits, expires_at)
        VALUES {", ".join(f"(:key_{place}, 1, :until_{place})" for place in places)}
        ON CONFLICT (key) DO UPDATE SET
            hits = CASE WHEN throttle_count.expires_at <= :moment THEN 1 ELSE throttle_count.hits + 1 END,
            expires_at = CASE
                WHEN throttle_count.expires_at <= :moment THEN excluded.expires_at ELSE throttle_count.expires_at END
        RETURNING key, hits, expires_at
    """  # noqa: S608 - put together from numbers alone
    moments = ["moment", *(f"until_{place}" for place in places)]
    return Straight(
        sa.text(text)
        .bindparams(*(sa.bindparam(name, type_=UtcDateTime()) for name in moments))
        .columns(ThrottleCount.key, ThrottleCount.hits, ThrottleCount.expires_at)
    )
