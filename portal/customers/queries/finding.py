"""The list of customers: one box that takes anything, filters, and pages in an indexed order, in two statements.

The first statement counts, as far as a count says something, and looks for exact hits. It decides how the second one
reads the page: a few hits are collected and sorted; of many the page is read off an index, for nothing may sort
hundreds of thousands of rows. The index of the text search knows no order but that of the ids.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property, partial
from typing import Any

import sqlalchemy as sa

from portal.config import settings
from portal.customers.models import Customer, NumberAlias, Telephone
from portal.customers.queries import far
from portal.customers.rules import numbers, telephones
from portal.foundation import emails, estimates, lately, pagination, search
from portal.foundation.database import db, table_of
from portal.foundation.pagination import COUNTED, Order, Page
from portal.foundation.search import TextIndex, Word

Condition = sa.ColumnElement[bool]
# Rows of the erased and the merged stay for what refers to them; no list, search or export shows them.
IS_THERE = sa.and_(Customer.erased_at.is_(None), Customer.merged_into_id.is_(None))
Row = sa.Row[Any]

_rows = table_of(Customer)
_telephones = table_of(Telephone)

TEXT = TextIndex(_rows, "search_text")

# The orders of the list; each has its index.
SORTS = {"created": _rows.c.created_at, "name": _rows.c.sort_name, "number": _rows.c.number}
NEWEST_FIRST = "-created"
PLACE = ("place_key", "place_id")  # where a page begins, as its statement takes it
NO_TELEPHONE = "+"  # what no telephone is: an empty one is on record where it could not be read
FEW = 2_000  # rows that are collected and sorted in about four milliseconds
MANY = 3 * COUNTED  # by a sample: then there are more than are counted, for sure
REMEMBERED = 60  # seconds, how many fit where they are so many that nobody can tell

# Made once, since every page needs them: to build a statement takes longer than to run it.
_shown = tuple(
    _rows.c[name]
    for name in (
        *("id", "number", "first_name", "last_name", "email", "email_key", "account_id", "status", "created_at"),
        *("created_by", "created_through", "group_id", "has_open_application", "country", "sort_name"),
    )
)
_calls = table_of(Telephone).c
_aliases = table_of(NumberAlias).c
_TELEPHONE = (
    sa.select(sa.case((_calls.e164 != "", _calls.e164), else_=_calls.typed))
    .where(_calls.customer_id == _rows.c.id, _calls.is_primary)
    .order_by(_calls.id)
    .limit(1)
    .scalar_subquery()
    .label("telephone")
)
# Told by the few ids that are gone: a count then never leaves the index that it counts in.
_gone = _rows.alias("gone")
_IS_GONE = sa.or_(_gone.c.erased_at.is_not(None), _gone.c.merged_into_id.is_not(None))
_IS_LEFT = _rows.c.id.not_in(sa.select(_gone.c.id).where(_IS_GONE))
_ROWS = sa.select(*_shown, _TELEPHONE)
_IDS = sa.select(_rows.c.id)
_exact = sa.union(
    sa.select(_rows.c.id).where(_rows.c.number == sa.bindparam("number")),
    sa.select(_aliases.customer_id).where(_aliases.number == sa.bindparam("number")),
    sa.select(_rows.c.id).where(_rows.c.email_key == sa.bindparam("email_key")),
    sa.select(_calls.customer_id).where(_calls.e164 == sa.bindparam("e164")),
).subquery()
_IS_EXACT = _rows.c.id.in_(sa.select(_exact.c[0]))  # a whole number, address or telephone: each has its index
_NEWEST_FIRST = Order(_rows.c.created_at, _rows.c.id, descending=True)
_ALWAYS = sa.select(sa.literal(1).label("always")).subquery()


@dataclass(frozen=True)
class Found:
    """One page of a search: exact hits, which stand first on the first page, and the rest in order.

    Rows have the columns of a customer and `telephone`, the primary one in E.164 (as typed where it is none).
    """

    exact: Sequence[Row]
    page: Page[Row]
    count: int
    is_about: bool = False  # more than are counted: `count` is the share of a sample
    in_order: bool = True  # False where there were too many to sort: the newest stand first

    @property
    def rows(self) -> list[Row]:
        return [*self.exact, *self.page.rows]


def order_of(sort: str) -> Order | None:
    """The order of a word in the address: a key of SORTS, turned round by a dash before it; None for any other."""
    key = SORTS.get(sort.removeprefix("-"))
    return None if key is None else Order(key, _rows.c.id, descending=sort.startswith("-"))


def find(
    term: str,
    *conditions: Condition,
    sort: str = NEWEST_FIRST,
    after: str = "",
    before: str = "",
    size: int = 50,
    known_as: Hashable = None,
    signed_in_before: datetime | None = None,
) -> Found:
    """One page of a search: who has exactly this number, address or telephone first, then whose words match.

    Conditions are on `Customer`, so that features above can bring theirs; an empty term finds everybody. `known_as`
    names term and conditions, so that how many fit is remembered where they are many. `signed_in_before` is a bound
    that the conditions set to the last sign-in.
    """
    narrowing = _narrowing(conditions)
    wanted = _Wanted(term, (*narrowing, _IS_LEFT), known_as, signed_in_before)
    count, exact = _survey(wanted)
    if count == 0:
        return Found(exact, Page([]), len(exact))
    order = order_of(sort) or _NEWEST_FIRST
    in_order = count <= FEW or not (wanted.words or (narrowing and far.is_far(wanted.conditions, order, known_as)))
    others = wanted.but(exact)
    if count <= FEW and (wanted.words or narrowing):
        query = _collected(others)
    else:
        query, order = _walked(others, order if in_order else _NEWEST_FIRST)
    if term or narrowing:
        begun = None if wanted.words or count <= FEW else signed_in_before
        read = partial(_read, signed_in_before=begun)
        page = pagination.slice_of(query, order, after=after, before=before, size=size, fetch=read)
    else:
        page = _page_of_all(order, after=after, before=before, size=size)
    is_about = count > COUNTED
    total = max(_estimate(wanted), COUNTED) if is_about else count + len(exact)
    return Found(exact if not page.before else [], page, total, is_about, in_order)


def everyone(term: str, *conditions: Condition) -> sa.Select[tuple[int]]:
    """The ids of everybody whom `find` would show, page after page; for acts on all that match."""
    wanted = _Wanted(term, (*_narrowing(conditions), _IS_LEFT))
    if not term:
        return wanted.ids()
    exact = _IDS.where(_IS_EXACT, *wanted.conditions).params(wanted.exactly)
    parts = sa.union(wanted.ids(), exact).subquery()
    return sa.select(parts.c.id)


def matches(term: str) -> Condition:
    """Condition on customers: a search for this term finds them."""
    return Customer.id.in_(everyone(term))


def _narrowing(conditions: Sequence[Condition]) -> list[Condition]:
    """Conditions that leave somebody out, as that of a member whose role holds everywhere does not."""
    return [condition for condition in conditions if not isinstance(condition, sa.True_)]


@dataclass(frozen=True)
class _Wanted:
    """What somebody looks for: a term and conditions."""

    term: str
    conditions: tuple[Condition, ...]
    known_as: Hashable = None
    signed_in_before: datetime | None = None

    @cached_property
    def words(self) -> list[Word]:
        """What an indexed text has to have: the digits of a part of a telephone, or every word."""
        parts = telephones.fragments(self.term)
        return [tuple(parts)] if parts else search.words(self.term)

    @cached_property
    def exactly(self) -> dict[str, str]:
        """The number, address and telephone that the term may be."""
        digits = telephones.digits_of(self.term)
        return {
            "number": numbers.read(self.term),
            "email_key": emails.key(self.term),
            "e164": (telephones.to_e164(self.term, settings().shop_country) if digits else None) or NO_TELEPHONE,
        }

    def ids(self) -> sa.Select[tuple[int]]:
        """The ids of those who have the words and fit the conditions."""
        if self.words:
            return TEXT.ids(self.words, *self.conditions)
        return _IDS.where(*self.conditions)

    def first_ids(self, most: int | None = None) -> Any:
        """The same, looked for where they are, and so many at the most."""
        some = self.ids().limit(most)
        return some if self.words else far.begun(some, self.signed_in_before)

    def but(self, rows: Sequence[Row]) -> "_Wanted":
        """The same without some rows."""
        if not rows:
            return self
        return replace(self, conditions=(*self.conditions, _rows.c.id.not_in([row.id for row in rows])), known_as=None)


def _survey(wanted: _Wanted) -> tuple[int, list[Row]]:
    """How many fit besides the exact hits, counted to COUNTED + 1, and the exact hits."""
    if not wanted.term:
        return _counted(wanted), []
    hits: list[Row] | None = None

    def ask() -> int:
        nonlocal hits
        count, hits = _counted_with_hits(wanted)
        return count

    count = _remembered(wanted, ask)
    if hits is None:
        hits = list(db.session.execute(_ROWS.where(_IS_EXACT, *wanted.conditions), wanted.exactly).all())
    return count, hits


def _counted_with_hits(wanted: _Wanted) -> tuple[int, list[Row]]:
    others = _Wanted(wanted.term, (*wanted.conditions, ~_IS_EXACT))
    exact = _ROWS.where(_IS_EXACT, *wanted.conditions).subquery()
    query = sa.select(_count(others).label("others"), *exact.c).join_from(_ALWAYS, exact, sa.true(), isouter=True)
    rows = db.session.execute(query.order_by(exact.c.id), wanted.exactly).all()
    return int(rows[0].others), [row for row in rows if row.id is not None]


def _counted(wanted: _Wanted) -> int:
    """How many fit, where a sample does not have far more than are counted: those may stand far from each other."""

    def ask() -> int:
        return int(db.session.execute(sa.select(_count(wanted))).scalar_one())

    if wanted.known_as is not None and _estimate(wanted) > MANY:
        return COUNTED + 1
    return _remembered(wanted, ask)


def _remembered(wanted: _Wanted, ask: Callable[[], int]) -> int:
    """A count that is remembered where they are too many to be collected: nobody can tell whether it changed."""
    if wanted.known_as is None:
        return ask()
    key = ("customers counted", wanted.known_as)
    return lately.known(key, ask, of=(), seconds=REMEMBERED, if_it=lambda count: count > FEW)


def _estimate(wanted: _Wanted) -> int:
    """About how many fit, of more than are counted."""

    def ask() -> int:
        having = TEXT.condition(wanted.words) if wanted.words else sa.true()
        return estimates.about(_rows, having, *wanted.conditions)

    if wanted.known_as is None:
        return ask()
    return lately.known(("customers about", wanted.known_as), ask, of=(), seconds=REMEMBERED)


def _count(wanted: _Wanted) -> sa.ScalarSelect[int]:
    capped = wanted.first_ids(COUNTED + 1).subquery()
    return sa.select(sa.func.count()).select_from(capped).scalar_subquery()


def _collected(wanted: _Wanted) -> sa.Select[Any]:
    """A query for a few rows: they are found first, whatever the planner thinks of the order's index."""
    hits = wanted.first_ids().cte("hits").prefix_with("MATERIALIZED")
    return _IDS.join_from(hits, _rows, _rows.c.id == hits.c.id)


def _walked(wanted: _Wanted, order: Order) -> tuple[sa.Select[Any], Order]:
    """A query for many rows, and the order in which an index holds them."""
    query = _IDS.where(*wanted.conditions)
    if not wanted.words:
        return query, order
    query, key = TEXT.narrowed(query, wanted.words)
    return query, Order(key, key, descending=True)


def _page_of_all(order: Order, *, after: str, before: str, size: int) -> Page[Row]:
    """A page of the list as it stands without a filter."""
    way = pagination.way_to(order, after=after, before=before)
    query = _prepared(order.key.key, way.falling, way.start is not None, size)
    place = {} if way.start is None else dict(zip(PLACE, way.start, strict=True))
    return way.page(list(db.session.execute(query, place).all()), size)


@cache
def _prepared(key: str, falling: bool, begun: bool, size: int) -> sa.Select[Any]:  # noqa: FBT001 - they name it
    """The query for a page of everybody, in an order and from a place on: made once, as all above."""
    order = Order(_rows.c[key], _rows.c.id)
    way = pagination.Way(order, None, back=falling)
    place = [sa.bindparam(name, type_=column.type) for name, column in zip(PLACE, way.keys, strict=True)]
    return _shown_of(way.limited(_IDS.where(_IS_LEFT), place if begun else None, size), way.keys, falling=falling)


def _read(
    limited: sa.Select[Any],
    keys: Sequence[Any],
    falling: bool,  # noqa: FBT001 - a Fetch
    *,
    signed_in_before: datetime | None,
) -> Sequence[Row]:
    """The rows of a page, of which a query finds the ids: what a list shows is looked up for them alone."""
    return db.session.execute(_shown_of(far.begun(limited, signed_in_before), keys, falling=falling)).all()


def _shown_of(limited: sa.Select[Any], keys: Sequence[Any], *, falling: bool) -> sa.Select[Any]:
    own = [_rows.c[key.key] for key in keys]  # the id of the text index is that of its row
    query = _ROWS.where(_rows.c.id.in_(limited))
    return query.order_by(*(key.desc() if falling else key for key in own))
