"""Page: one slice of a query, and the way to the ones beside it, by key and never by number."""

import base64
import binascii
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from portal.foundation import crypto
from portal.foundation.database import UtcDateTime, db

Row = TypeVar("Row")
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
    query: sa.Select[tuple[Row]],
    order: Order,
    *,
    after: str = "",
    before: str = "",
    size: int = 50,
) -> Page[Row]:
    """One page of a query of whole rows; a cursor that is not ours leads to the first page."""
    start = _read(after or before, order)
    back = bool(before and not after and start)
    place = sa.tuple_(order.key, order.id)
    if start is not None:
        values = sa.tuple_(*(sa.literal(v, c.type) for v, c in zip(start, (order.key, order.id), strict=True)))
        query = query.where(place < values if order.descending != back else place > values)
    falling = order.descending != back
    ends = [column.desc() if falling else column.asc() for column in (order.key, order.id)]
    found = list(db.session.scalars(query.order_by(*ends).limit(size + 1)))
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
