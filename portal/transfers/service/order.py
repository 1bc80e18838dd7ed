"""In which order the staged rows of an import are written: the one that costs its database least."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.foundation.database import db
from portal.jobs.models import Job
from portal.transfers.models import Outcome
from portal.transfers.service import staging

row = staging.TABLE
_LAST: dict[tuple[int, datetime], "array[int]"] = {}  # of the job that this process is at


@dataclass(frozen=True)
class Turn:
    """The lines of the rows that one step writes, and whether they are the last."""

    lines: Sequence[int]
    is_last: bool


def turn(job: Job, most: int) -> Turn:
    """The rows behind those that a job has done.

    Args:
        job: the import.
        most: so many rows.
    """
    key = (job.id, job.created_at)
    if key not in _LAST or not job.done:
        _LAST.clear()
        _LAST[key] = array("i", db.session.scalars(_lines(job.parameters["import"])))
    lines, end = _LAST[key], job.done + most
    is_last = end >= len(lines)
    if is_last:
        _LAST.clear()
    return Turn(lines[job.done : end].tolist(), is_last)


def _lines(import_id: int) -> sa.Select[tuple[int]]:
    """All that are written or were refused only then: whoever goes on after a kill finds the same order.

    SQLite stores each page of an index anew with every transaction that touches it. Neighbours by name share pages of
    the four indexes that sort people, which writes half as much as to take rows as they come; PostgreSQL gains none.
    """
    mine = (row.c.import_id == import_id, row.c.outcome != Outcome.SAME.value, row.c.number.is_not(None))
    by_name = () if db.engine.dialect.name == "postgresql" else (row.c.sort_name,)
    return sa.select(row.c.line).where(*mine).order_by(*by_name, row.c.line)
