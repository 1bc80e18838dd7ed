"""A search in one statement: how many have the words, who is exactly meant, and of few the page they stand on.

The words are looked for once: among ten million customers that takes longer than all the rest of a page.
"""

from dataclasses import dataclass, replace
from typing import Any, TypedDict

import sqlalchemy as sa

from portal.customers.models import Customer, NumberAlias, Telephone
from portal.customers.queries.asking import Begun, asked
from portal.customers.queries.shown import ROWS, Row
from portal.customers.queries.wanted import IDS, IS_LEFT, TEXT, Condition, Wanted
from portal.foundation import pagination
from portal.foundation.database import db, table_of
from portal.foundation.pagination import Order, Page, Way
from portal.foundation.straight import Straight

_rows = table_of(Customer)
_calls = table_of(Telephone).c
_aliases = table_of(NumberAlias).c
SHARING = 20  # customers with one telephone, as a family has it; of more none is exactly meant, and they are paged

_having = _calls.e164 == sa.bindparam("e164")
_first_having = sa.select(_calls.customer_id).where(_having).limit(SHARING + 1).subquery()
_is_meant = sa.select(sa.func.count()).select_from(_first_having).scalar_subquery() <= SHARING
_exact = sa.union(
    sa.select(_rows.c.id).where(_rows.c.number == sa.bindparam("number")),
    sa.select(_aliases.customer_id).where(_aliases.number == sa.bindparam("number")),
    sa.select(_rows.c.id).where(_rows.c.email_key == sa.bindparam("email_key")),
    sa.select(_calls.customer_id).where(_having, _is_meant),
).subquery()
IS_EXACT = _rows.c.id.in_(sa.select(_exact.c[0]))  # a whole number, address or telephone: each has its index


def _is_other(key: sa.ColumnElement[int]) -> Condition:
    return key.not_in(sa.select(_exact.c[0]))


_HITS = Straight(ROWS.where(IS_EXACT, IS_LEFT))  # made once, for a term alone


class Place(TypedDict):
    """Which page: between which marks, and of what size."""

    after: str
    before: str
    size: int


@dataclass(frozen=True)
class Searched:
    """How many have the words besides those who are exactly meant, those, and the page; none where many have them."""

    count: int
    exact: list[Row]
    page: Page[Row] | None = None
    is_about: bool = False  # there are more, or about as many


def exactly(wanted: Wanted) -> list[Row]:
    """Who is exactly meant by a term: by a whole number, address or telephone."""
    if not wanted.narrowing:
        return _HITS.rows(wanted.exactly)
    return list(db.session.execute(ROWS.where(IS_EXACT, *wanted.conditions), wanted.exactly).all())


def searched(wanted: Wanted, order: Order, place: Place, *, few: int, most: int) -> Searched:
    """What there is to know of a term.

    Args:
        wanted: the term and what it is narrowed by.
        order: in which the page stands.
        place: which page.
        few: as many are sorted; of more there is no page, since to read an index takes less.
        most: as many are counted, and one more tells that there are others.
    """
    way = pagination.way_to(order, after=place["after"], before=place["before"])

    def make(begun: Begun) -> sa.Select[Any]:
        others = wanted.ids(_is_other)
        if TEXT.reads_all:  # what they are sorted by stands beside what has just been read
            others = others.add_columns(order.key)
        hits = others.limit(most + 1).cte("hits").prefix_with("MATERIALIZED")
        counted = sa.select(sa.func.count().label("others")).select_from(hits).subquery()
        is_few = sa.select(counted.c.others).scalar_subquery() <= few
        limited = _sorted(hits, way).limited(_some(hits).where(is_few), begun, place["size"])
        shown = sa.union_all(
            ROWS.add_columns(sa.literal(1).label("is_exact")).where(IS_EXACT, *wanted.conditions),
            ROWS.add_columns(sa.literal(0).label("is_exact")).where(_rows.c.id.in_(limited)),
        ).subquery()
        query = sa.select(counted.c.others, *shown.c).join_from(counted, shown, sa.true(), isouter=True)
        own = [shown.c[key.key] for key in way.keys]
        return query.order_by(*(key.desc() if way.falling else key for key in own))

    rows = asked(f"searched {few} {most}", wanted, way, place["size"], make, values=wanted.exactly)
    count = int(rows[0].others)
    exact = sorted((row for row in rows if row.is_exact), key=lambda row: row.id)
    page = way.page([row for row in rows if row.is_exact == 0], place["size"])
    return Searched(count, exact, page if count <= few else None, count > most)


def _sorted(hits: sa.CTE, way: Way) -> Way:
    """The way among hits that have what they are sorted by, or the same among the rows of those that do not."""
    if not TEXT.reads_all:
        return way
    return replace(way, order=Order(hits.c[way.order.key.key], hits.c.id, way.order.descending))


def _some(hits: sa.CTE) -> sa.Select[tuple[int]]:
    return sa.select(hits.c.id) if TEXT.reads_all else IDS.join_from(hits, _rows, _rows.c.id == hits.c.id)
