"""Page: one slice of a query, and the way to the ones beside it, by key and never by number."""

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from portal.foundation import crypto
from portal.foundation.database import UtcDateTime, db

Row = TypeVar("Row")
Fetch = Callable[[sa.Select[Any], Sequence[Any], bool], Sequence[Any]]  # a query, its order, whether that is descending
CODE = 16  # bytes of a cursor's code: enough against guessing, short in an address
COUNTED = 10_000  # past this a count costs more than it tells


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows in order, with cursors to the page before and the page after (empty at the ends)."""

    rows: Sequence[Row]
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Order:
    """An indexed order: a column and the id behind it, both in the same direction."""

    key: Any
    id: Any
    descending: bool = False


def slice_of(
    query: sa.Select[Any],
    order: Order,
    *,
    after: str = "",
    before: str = "",
    size: int = 50,
    fetch: Fetch | None = None,
) -> Page[Any]:
    """One page of a query; a cursor that is not ours leads to the first page.

    Args:
        query: of whole rows, or of columns among which are those of the order.
        order: in which the rows stand.
        after: cursor of the row before the page.
        before: cursor of the row after the page.
        size: rows of a page.
        fetch: reads the rows of a query that gets the page's place, order and limit; the rows of one model by default.
    """
    start = _read(after or before, order)
    back = bool(before and not after and start)
    falling = order.descending != back
    if start is not None:
        query = query.where(_beyond(order, start, falling=falling))
    keys = [order.id] if order.key is order.id else [order.key, order.id]
    limited = query.order_by(*(key.desc() if falling else key.asc() for key in keys)).limit(size + 1)
    found = list((fetch or _whole_rows)(limited, keys, falling))
    more, rows = len(found) > size, found[:size]
    if back:
        rows.reverse()
    if not rows:
        return Page(rows)
    has_before, has_after = (more, True) if back else (start is not None, more)
    return Page(
        rows,
        before=_write(rows[0], order) if has_before else "",
        after=_write(rows[-1], order) if has_after else "",
    )


def _whole_rows(limited: sa.Select[Any], keys: Sequence[Any], falling: bool) -> Sequence[Any]:  # noqa: FBT001 - a Fetch
    del keys, falling
    return db.session.scalars(limited).all()


def _beyond(order: Order, start: Sequence[Any], *, falling: bool) -> sa.ColumnElement[bool]:
    """Rows after a place. Keys are compared as one row value: the long form is a thousand times slower on SQLite."""
    if order.key is order.id:
        return order.id < start[1] if falling else order.id > start[1]  # type: ignore[no-any-return]  # a condition
    place = sa.tuple_(order.key, order.id)
    values = sa.tuple_(*(sa.literal(v, c.type) for v, c in zip(start, (order.key, order.id), strict=True)))
    return place < values if falling else place > values


def count_of(query: sa.Select[Any], most: int = COUNTED) -> int:
    """How many rows a query has, counted to `most + 1` at the most."""
    one = query.with_only_columns(sa.literal(1).label("one"), maintain_column_froms=True)
    capped = one.order_by(None).limit(most + 1).subquery()
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(capped)) or 0)


def _write(row: object, order: Order) -> str:
    key = getattr(row, order.key.key)
    place = [order.key.key, key.isoformat() if isinstance(key, datetime) else key, getattr(row, order.id.key)]
    body = json.dumps(place, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_codes(body)[0] + body).decode().rstrip("=")


def _read(cursor: str, order: Order) -> list[Any] | None:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) <= CODE or not any(hmac.compare_digest(raw[:CODE], known) for known in _codes(raw[CODE:])):
        return None
    sorted_by, key, row_id = json.loads(raw[CODE:])
    if sorted_by != order.key.key:
        return None
    return [datetime.fromisoformat(key) if isinstance(order.key.type, UtcDateTime) else key, row_id]


def _codes(body: bytes) -> list[bytes]:
    return [bytes.fromhex(made)[:CODE] for made in crypto.keyed_hashes("cursor", body.hex())]
