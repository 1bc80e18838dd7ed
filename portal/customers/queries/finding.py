"""The list of customers: one box that takes anything, filters, and pages in an indexed order, in two statements.

The first statement counts, as far as a count says something, and looks for exact hits. A few hits it collects, sorts
and shows; of many the second one reads the page off an index, for nothing may sort hundreds of thousands of rows. The
index of the text search knows no order but that of the ids, and PostgreSQL's not even that.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.customers.models import Customer
from portal.customers.queries import far, sampling, searching
from portal.customers.queries.asking import Begun, asked
from portal.customers.queries.searching import IS_EXACT, Place, Searched
from portal.customers.queries.shown import ROWS, Row, page_of_all, shown_in_order
from portal.customers.queries.wanted import IDS, IS_LEFT, TEXT, Condition, Wanted
from portal.foundation import estimates, lately, pagination
from portal.foundation.database import db, table_of
from portal.foundation.estimates import Share
from portal.foundation.pagination import COUNTED, Order, Page

# Rows of the erased and the merged stay for what refers to them; no list, search or export shows them.
IS_THERE = sa.and_(Customer.erased_at.is_(None), Customer.merged_into_id.is_(None))

_rows = table_of(Customer)

# The orders of the list; each has its index.
SORTS = {"created": _rows.c.created_at, "name": _rows.c.sort_name, "number": _rows.c.number}
NEWEST_FIRST = "-created"
FEW = 2_000  # rows that are collected and sorted in about four milliseconds
READ = 6_000  # hits whose rows are read in ten milliseconds, where the index of the text search tells no order
HITS = 2_500  # by a sample: from there on a walk soon has a page of them, and what is read of all is read for nothing
MANY = 3 * COUNTED  # by a sample: then there are more than are counted, for sure
ENOUGH = 6  # of a sample of 2,000: then a page of them stands among the next rows of a walk, of which
NEAR = 30_000  # are looked at, ten milliseconds at the most
REMEMBERED = 60  # seconds, how many fit where they are so many that nobody can tell

_NEWEST_FIRST = Order(_rows.c.created_at, _rows.c.id, descending=True)
_BY_ID = Order(_rows.c.id, _rows.c.id, descending=True)
_COUNT = "customers counted"


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
    names the conditions, so that how many fit is remembered where they are many, and statements are made once.
    `signed_in_before` is a bound that the conditions set to the last sign-in.
    """
    if any(isinstance(condition, sa.False_) for condition in conditions):
        return Found([], Page([]), 0)
    narrowing = _narrowing(conditions)
    wanted = Wanted(term, (*narrowing, IS_LEFT), known_as, signed_in_before)
    order = order_of(sort) or _NEWEST_FIRST
    place: Place = {"after": after, "before": before, "size": size}
    goes_on, walks = _begun(wanted, order, after or before)
    order = _NEWEST_FIRST if walks and not wanted.words else order
    if narrowing and not term and not _is_known_many(wanted):
        few = _few(wanted, order, place)
        if few.count <= FEW:
            return replace(few, in_order=not walks)
    survey = _survey(wanted, order, place, goes_on=goes_on)
    count, exact = survey.count, survey.exact
    if survey.page is not None and not walks:
        return Found(exact if not survey.page.before else [], survey.page, count + len(exact))
    is_walked = count <= FEW or _is_walked_in(order, wanted, goes_on=goes_on)
    in_order = not walks and not wanted.words and is_walked
    page = _of_many(wanted.but(exact), order if in_order else _NEWEST_FIRST, place, is_common=_is_common(wanted))
    total = max(_sample(wanted).about, count - 1) if survey.is_about else count + len(exact)
    return Found(exact if not page.before else [], page, total, survey.is_about, in_order)


def everyone(term: str, *conditions: Condition) -> sa.Select[tuple[int]]:
    """The ids of everybody whom `find` would show, page after page; for acts on all that match."""
    wanted = Wanted(term, (*_narrowing(conditions), IS_LEFT))
    if not term:
        return wanted.ids()
    exact = IDS.where(IS_EXACT, *wanted.conditions).params(wanted.exactly)
    parts = sa.union(wanted.ids(), exact).subquery()
    return sa.select(parts.c.id)


def matches(term: str) -> Condition:
    """Condition on customers: a search for this term finds them."""
    return Customer.id.in_(everyone(term))


def _narrowing(conditions: Sequence[Condition]) -> list[Condition]:
    """Conditions that leave somebody out, as that of a member whose role holds everywhere does not."""
    return [condition for condition in conditions if not isinstance(condition, sa.True_)]


def _begun(wanted: Wanted, order: Order, cursor: str) -> tuple[bool, bool]:
    """Whether a page goes on in its order, and whether in that of too many to be sorted.

    How many there are may change between two pages, and to begin anew would show the first one again.
    """
    begun = pagination.sorted_by(cursor)
    walked = _rows.c.id.key if wanted.words else _NEWEST_FIRST.key.key
    return begun == order.key.key, begun == walked != order.key.key


def _survey(wanted: Wanted, order: Order, place: Place, *, goes_on: bool) -> Searched:
    """How many fit besides the exact hits, as far as they are counted, and the exact hits.

    Whoever goes on through some that were few enough to be sorted has them sorted still, though they became more.
    """
    if not wanted.term:
        count = _counted(wanted)
        return Searched(count, [], None if count else Page([]), count > COUNTED)
    if not goes_on and _has_many(wanted):
        return Searched(_sample(wanted).about, searching.exactly(wanted), is_about=True)
    few = _sorted(wanted) * (2 if goes_on else 1)
    most = few if TEXT.reads_all else max(few, COUNTED)
    found: Searched | None = None

    def ask() -> int:
        nonlocal found
        found = searching.searched(wanted, order, place, few=few, most=most)
        return found.count

    count = ask() if goes_on else _remembered(wanted, ask)
    return found or Searched(count, searching.exactly(wanted), is_about=count > most)


def _counted(wanted: Wanted) -> int:
    """How many fit, where a sample does not have far more than are counted: those may stand far from each other."""

    def ask() -> int:
        return int(db.session.execute(sa.select(_count(wanted))).scalar_one())

    return COUNTED + 1 if _has_many(wanted) else _remembered(wanted, ask)


def _has_many(wanted: Wanted) -> bool:
    """Whether there are more than are counted, as a sample says; to count hits takes long, so less is enough there."""
    if wanted.known_as is None or (wanted.words and estimates.rows(_rows) <= COUNTED):
        return False
    return _sample(wanted).about > (_counted_hits() if wanted.words else MANY)


def _is_common(wanted: Wanted) -> bool:
    """Whether a page of hits stands among any thousands of rows; to SQLite's index no hits are too far."""
    return bool(wanted.words and TEXT.reads_all and wanted.is_known) and _sample(wanted).found >= ENOUGH


def _is_known_many(wanted: Wanted) -> bool:
    """Whether there are more than few, as a sample says or was counted lately."""
    return lately.is_known((_COUNT, wanted.known_as), seconds=REMEMBERED) or _has_many(wanted)


def _remembered(wanted: Wanted, ask: Callable[[], int]) -> int:
    """A count that is remembered where they are too many to be sorted: nobody can tell whether it changed."""
    if wanted.known_as is None:
        return ask()
    key, most = (_COUNT, wanted.known_as), _sorted(wanted)
    return lately.known(key, ask, of=(), seconds=REMEMBERED, if_it=lambda count: count > most)


def _sorted(wanted: Wanted) -> int:
    """How many are sorted at the most."""
    return READ if wanted.words and TEXT.reads_all else FEW


def _counted_hits() -> int:
    """How many hits are worth a count, which has to read their rows where the text index tells no order."""
    return HITS if TEXT.reads_all else COUNTED


def _is_walked_in(order: Order, wanted: Wanted, *, goes_on: bool) -> bool:
    """Whether an index leads to a page of many in an order."""
    return goes_on or not (wanted.narrowing and far.is_far(wanted.conditions, order, wanted.narrowed_as))


def _sample(wanted: Wanted) -> Share:
    return sampling.sample(wanted, few=_counted_hits())


def _count(wanted: Wanted) -> sa.ScalarSelect[int]:
    capped = wanted.first_ids(COUNTED + 1).subquery()
    return sa.select(sa.func.count()).select_from(capped).scalar_subquery()


def _few(wanted: Wanted, order: Order, place: Place) -> Found:
    """A page of few, and how many there are, in one statement: what they have in common is looked for once."""
    way = pagination.way_to(order, after=place["after"], before=place["before"])

    def make(begun: Begun) -> sa.Select[Any]:
        some = wanted.ids().add_columns(order.key).limit(FEW + 1)
        hits = far.begun(some, wanted.signed_in_before).cte("hits").prefix_with("MATERIALIZED")
        counted = sa.select(sa.func.count().label("fitting")).select_from(hits).subquery()
        own = pagination.Way(Order(hits.c[order.key.key], hits.c.id, order.descending), way.start, way.back)
        limited = own.limited(sa.select(hits.c.id), begun, place["size"])
        shown = ROWS.where(_rows.c.id.in_(limited)).subquery()
        query = sa.select(counted.c.fitting, *shown.c).join_from(counted, shown, sa.true(), isouter=True)
        keys = [shown.c[key.key] for key in own.keys]
        return query.order_by(*(key.desc() if own.falling else key for key in keys))

    rows = asked("few", wanted, way, place["size"], make)
    page = way.page([row for row in rows if row.id is not None], place["size"])
    return Found([], page, int(rows[0].fitting))


def _of_many(wanted: Wanted, order: Order, place: Place, *, is_common: bool) -> Page[Row]:
    """A page of more than are sorted."""
    if not wanted.term and not wanted.narrowing:
        return page_of_all(order, **place)
    near = _near(wanted, place) if is_common else None
    return _walked(wanted, order, place) if near is None else near


def _walked(wanted: Wanted, order: Order, place: Place) -> Page[Row]:
    """A page of many rows, in the order in which an index holds them."""
    query = IDS.where(*wanted.conditions)
    if wanted.words:
        query, key = TEXT.narrowed(query, wanted.words, is_asked=wanted.is_known)
        order = Order(key, key, descending=True)
    before = wanted.signed_in_before if order.key is _NEWEST_FIRST.key else None
    way = pagination.way_to(order, after=place["after"], before=place["before"])

    def make(begun: Begun) -> sa.Select[Any]:
        limited = far.begun(way.limited(query, begun, place["size"]), before)
        return shown_in_order(limited, way.keys, falling=way.falling)

    return way.page(list(asked("walked", wanted, way, place["size"], make)), place["size"])


def _near(wanted: Wanted, place: Place) -> Page[Row] | None:
    """A page of hits that are so many that it stands among the next rows; None if it does not.

    The text index collects all hits for it, since it knows no order: this is asked in a way that it does not know.
    """
    way = pagination.way_to(_BY_ID, after=place["after"], before=place["before"])
    start = estimates.last(_rows) if way.start is None else way.start[1]
    edge = sa.bindparam("edge", type_=sa.Integer)
    is_near = _rows.c.id > edge if way.falling else _rows.c.id < edge
    query = IDS.where(is_near, TEXT.condition(wanted.words), *wanted.conditions)

    def make(begun: Begun) -> sa.Select[Any]:
        return shown_in_order(way.limited(query, begun, place["size"]), way.keys, falling=way.falling)

    told = {"edge": start + (-NEAR if way.falling else NEAR), **TEXT.told(wanted.words)}
    found = list(asked("near", wanted, way, place["size"], make, values=told))
    return way.page(found, place["size"]) if len(found) > place["size"] else None
