"""How many rows fit, about: the share of a sample, where to count them all costs more than it tells."""

import sqlalchemy as sa

from portal.foundation import lately
from portal.foundation.database import db

SAMPLE = 1_000  # rows that are looked at, evenly over the ids of a table: a few milliseconds however long it is
SPREAD = 7919  # a prime
REMEMBERED = 60  # seconds


def about(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    """About how many rows of a table fit conditions, in one or two figures that say something.

    Args:
        table: whose ids were given one after the other.
        conditions: on its rows.
    """
    places, step = sample(table)
    fitting = sa.select(sa.func.count()).select_from(places.join(table, table.c.id == places.c.id)).where(*conditions)
    return rounded(int(db.session.scalar(fitting) or 0) * step)


def most(table: sa.Table) -> int:
    """How many rows a table has at the most, as its last id told a minute ago."""

    def ask() -> int:
        return db.session.scalar(sa.select(sa.func.max(table.c.id))) or 0

    return lately.known(("most", table.name), ask, of=(), seconds=REMEMBERED)


def sample(table: sa.Table, size: int = SAMPLE) -> tuple[sa.Subquery, int]:
    """Ids evenly over those that a table may have, as the column `id`, and for how many rows each of them stands."""
    # Two questions in one, each answered by one look at the index.
    ends = (sa.select(end(table.c.id)).scalar_subquery() for end in (sa.func.min, sa.func.max))
    first, last = (end or 0 for end in db.session.execute(sa.select(*ends)).one())
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
