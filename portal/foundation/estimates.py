"""How many rows fit, about: the share of a sample, where to count them all costs more than it tells."""

import sqlalchemy as sa

from portal.foundation.database import db

SAMPLE = 2_000  # rows that are looked at, evenly over the ids of a table: a few milliseconds however long it is


def about(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    """About how many rows of a table fit conditions, in one or two figures that say something.

    Args:
        table: whose ids were given one after the other.
        conditions: on its rows.
    """
    last = db.session.scalar(sa.select(sa.func.max(table.c.id))) or 0
    step = max(1, last // SAMPLE)
    start: sa.Select[tuple[int]] = sa.select(sa.literal(step, sa.Integer).label("id"))
    ids = start.cte("sampled", recursive=True)
    ids = ids.union_all(sa.select(ids.c.id + step).where(ids.c.id + step <= last))
    fitting = sa.select(sa.func.count()).select_from(ids.join(table, table.c.id == ids.c.id)).where(*conditions)
    return rounded(int(db.session.scalar(fitting) or 0) * step)


def rounded(number: int) -> int:
    """A number in its first two figures; of a small one nothing is taken away.

    >>> rounded(123_456)
    120000
    """
    unit: int = 10 ** max(0, len(str(number)) - 2)
    return number // unit * unit
