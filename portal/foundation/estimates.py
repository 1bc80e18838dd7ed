"""How many rows fit, about: the share of a sample, where to count them all costs more than it tells."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import sqlalchemy as sa

from portal.foundation import lately
from portal.foundation.database import db
from portal.foundation.straight import Straight

SAMPLE = 1_000  # rows that are looked at, evenly over the ids of a table: a few milliseconds however long it is
PLACES, ROWS = 100, 20  # of a sample that is read where rows stand beside each other
SPREAD = 7919  # a prime
REMEMBERED = 60  # seconds


@dataclass(frozen=True)
class Share:
    """How many rows of a sample fit, and for how many rows of the table each of them stands."""

    found: int
    step: float

    @property
    def about(self) -> int:
        """About how many rows of the table fit, in one or two figures that say something."""
        return rounded(int(self.found * self.step))


def share(
    table: sa.Table,
    *conditions: sa.ColumnElement[bool],
    known_as: Hashable = None,
    told: Mapping[str, object] = MappingProxyType({}),
) -> Share:
    """How many rows fit of some beside each other at many places, which are read in a millisecond.

    Args:
        table: whose ids were given one after the other.
        conditions: on its rows; no index is asked for them.
        known_as: names the conditions, so that their statement is made once.
        told: values of the parameters in them.
    """
    first, last = _ends(table)
    step = max(ROWS, (last - first + 1) // PLACES)
    values = {"first": first, "span": last - first, "step": step, **told}
    if known_as is None:
        found = db.session.execute(_fitting(table, conditions), values).scalar_one()
    else:
        name = ("share", table.name, known_as, *told)
        statement = lately.known(name, lambda: Straight(_fitting(table, conditions)), of=(), seconds=REMEMBERED)
        found = statement.one(values).fitting
        statement.settle()
    return Share(int(found), step / ROWS)


def _fitting(table: sa.Table, conditions: Sequence[sa.ColumnElement[bool]]) -> sa.Select[tuple[int]]:
    """How many fit at the places that its parameters tell."""
    first, span, step = (sa.bindparam(name, type_=sa.Integer) for name in ("first", "span", "step"))
    start: sa.Select[tuple[int]] = sa.select(sa.literal_column("0", sa.Integer).label("number"))
    places = start.cte("places", recursive=True)
    places = places.union_all(sa.select(places.c.number + 1).where((places.c.number + 1) * step <= span))
    # Somewhere in its stretch, and not always at the same place: every tenth customer may have something in common.
    begin = first + places.c.number * step + (places.c.number * SPREAD) % (step - ROWS + 1)
    fits = sa.case((sa.and_(sa.true(), *conditions), True), else_=False)
    beside = table.c.id.between(begin, begin + (ROWS - 1))
    found = sa.select(sa.func.count()).select_from(table).where(beside, fits).correlate(places).scalar_subquery()
    return sa.select(sa.func.sum(found).label("fitting")).select_from(places)


def rows(table: sa.Table) -> int:
    """How many rows a table has at the most, as its ids told a minute ago."""
    first, last = _ends(table)
    return last - first + 1


def last(table: sa.Table) -> int:
    """The last id, as it was a minute ago."""
    return _ends(table)[1]


def _ends(table: sa.Table) -> tuple[int, int]:
    """The first and the last id: two questions in one, each answered by one look at the index."""

    def ask() -> tuple[int, int]:
        ends = (sa.select(end(table.c.id)).scalar_subquery() for end in (sa.func.min, sa.func.max))
        first, last = db.session.execute(sa.select(*ends)).one()
        return first or 0, last or 0

    return lately.known(("ends", table.name), ask, of=(), seconds=REMEMBERED)


def sample(table: sa.Table, size: int = SAMPLE) -> tuple[sa.Subquery, int]:
    """Ids evenly over those that a table may have, as the column `id`, and for how many rows each of them stands."""
    first, last = _ends(table)
    step = max(1, (last - first + 1) // size)
    start: sa.Select[tuple[int]] = sa.select(sa.literal(0, sa.Integer).label("place"))
    places = start.cte("sampled", recursive=True)
    places = places.union_all(sa.select(places.c.place + 1).where((places.c.place + 1) * step <= last - first))
    # Somewhere in its stretch, and not always at the same place: every tenth customer may have something in common.
    sampled = first + places.c.place * step + (places.c.place * SPREAD) % step
    return sa.select(sampled.label("id")).subquery(), step


def rounded(number: int) -> int:
    """A number in its first two figures; of a small one nothing is taken away.

    >>> rounded(123_456)
    120000
    """
    unit: int = 10 ** max(0, len(str(number)) - 2)
    return number // unit * unit
