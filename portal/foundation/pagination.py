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
PLACE = ("place_key", "place_id")  # where a page begins, as a statement for all pages takes it
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
) -> Page[Any]:
    """One page of a query; a cursor that is not ours leads to the first page.

    Args:
        query: of the whole rows of one model.
        order: in which the rows stand.
        after: cursor of the row before the page.
        before: cursor of the row after the page.
        size: rows of a page.
    """
    way = way_to(order, after=after, before=before)
    limited = way.limited(query, None if way.start is None else _literals(way.start, order), size)
    return way.page(list(db.session.scalars(limited)), size)


@dataclass(frozen=True)
class Way:
    """The way to one page: from where in an order (None: from its end), and whether backwards, to the page before."""

    order: Order
    start: Sequence[Any] | None
    back: bool

    @property
    def falling(self) -> bool:
        """Whether the rows are read from the greatest on."""
        return self.order.descending != self.back

    @property
    def keys(self) -> list[Any]:
        """What the rows are read by."""
        return [self.order.id] if self.order.key is self.order.id else [self.order.key, self.order.id]

    @property
    def place(self) -> dict[str, Any]:
        """The values that the parameters of `place_of` take; none for a page that begins at an end."""
        return {} if self.start is None else dict(zip(PLACE, self.start, strict=True))

    def limited(self, query: sa.Select[Any], place: Sequence[Any] | None, size: int) -> sa.Select[Any]:
        """So many rows of a query beyond a place, and one more that tells whether there are others."""
        if place is not None:
            query = query.where(_beyond(self.order, place, falling=self.falling))
        return query.order_by(*(key.desc() if self.falling else key.asc() for key in self.keys)).limit(size + 1)

    def page(self, found: list[Any], size: int) -> Page[Any]:
        """The page that the rows found make, with its cursors."""
        more, rows = len(found) > size, found[:size]
        if self.back:
            rows.reverse()
        if not rows:
            return Page(rows)
        has_before, has_after = (more, True) if self.back else (self.start is not None, more)
        return Page(
            rows,
            before=_write(rows[0], self.order) if has_before else "",
            after=_write(rows[-1], self.order) if has_after else "",
        )


def place_of(order: Order) -> list[Any]:
    """Parameters for the place where a page begins, for a statement that is made once for all of them."""
    return [sa.bindparam(name, type_=key.type) for name, key in zip(PLACE, (order.key, order.id), strict=True)]


def way_to(order: Order, *, after: str = "", before: str = "") -> Way:
    """The way to the page that one of two cursors names; a cursor that is not ours leads to the first page."""
    start = _read(after or before, order)
    return Way(order, start, back=bool(before and not after and start))


def sorted_by(cursor: str) -> str:
    """The name of the column in whose order a cursor stands; empty when it is none of ours."""
    place = _opened(cursor)
    return "" if place is None else str(place[0])


def _beyond(order: Order, place: Sequence[Any], *, falling: bool) -> sa.ColumnElement[bool]:
    """Rows after a place. Keys are compared as one row value: the long form is a thousand times slower on SQLite."""
    if order.key is order.id:
        return order.id < place[1] if falling else order.id > place[1]  # type: ignore[no-any-return]  # a condition
    here = sa.tuple_(order.key, order.id)
    return here < sa.tuple_(*place) if falling else here > sa.tuple_(*place)


def _literals(start: Sequence[Any], order: Order) -> list[Any]:
    return [sa.literal(value, column.type) for value, column in zip(start, (order.key, order.id), strict=True)]


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
    place = _opened(cursor)
    if place is None or place[0] != order.key.key:
        return None
    _name, key, row_id = place
    return [datetime.fromisoformat(key) if isinstance(order.key.type, UtcDateTime) else key, row_id]


def _opened(cursor: str) -> list[Any] | None:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) <= CODE or not any(hmac.compare_digest(raw[:CODE], known) for known in _codes(raw[CODE:])):
        return None
    return list(json.loads(raw[CODE:]))


def _codes(body: bytes) -> list[bytes]:
    return [bytes.fromhex(made)[:CODE] for made in crypto.keyed_hashes("cursor", body.hex())]
