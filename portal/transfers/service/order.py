"""In which order the staged rows of an import are written: the one that costs its database least.

Several threads write pieces of it side by side on PostgreSQL, so that a later one may be stored before an earlier one:
the job's cursor says up to where all are, and which ones are ahead of that.
"""

import threading
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.foundation.database import db
from portal.foundation.errors import Conflict
from portal.foundation.text import _
from portal.jobs.models import Job
from portal.transfers.models import Outcome
from portal.transfers.service import staging

row = staging.TABLE
Span = tuple[int, int]  # places in the order, the second one not within
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Turn:
    """The lines of the rows that one step writes, where they are in the order, and how many rows it has."""

    lines: Sequence[int]
    begin: int
    of: int

    @property
    def end(self) -> int:
        return self.begin + len(self.lines)


@dataclass
class _Order:
    """The order of the job that this process is at, and what of it some thread has in hand."""

    lines: "array[int]"
    ahead: list[Span]
    taken: int  # up to here, but for what is ahead; -1 where an order without rows has not been taken

    def take(self, most: int) -> Turn | None:
        while self.ahead and self.ahead[0][0] == self.taken:
            self.taken = self.ahead.pop(0)[1]
        begin, number = max(self.taken, 0), len(self.lines)
        end = min(begin + most, self.ahead[0][0] if self.ahead else number)
        if self.taken == end:
            return None
        self.taken = end
        return Turn(self.lines[begin:end].tolist(), begin, number)


_LAST: dict[tuple[int, datetime, int], _Order] = {}


def turn(job: Job, most: int) -> Turn | None:
    """The next rows that nobody has in hand; None where none are left.

    Args:
        job: the import.
        most: so many rows.

    Raises:
        Conflict: rows went while nobody had the order in mind, as when somebody is erased, so that places say nothing.
    """
    key = _key(job)
    with _LOCK:
        if key not in _LAST:
            _LAST.clear()
            lines = array("i", db.session.scalars(_lines(job.parameters["import"])))
            at, ahead = _stored(job)
            if len(lines) != job.cursor.get("of", len(lines)):
                raise Conflict(
                    _("Rows of this file were erased meanwhile. Import it again: it goes on where it stopped.")
                )
            _LAST[key] = _Order(lines, ahead, at if lines else -1)
        return _LAST[key].take(most)


def note(job: Job, turn: Turn) -> bool:
    """Have the job know that these rows are stored; whether others are not."""
    at, ahead = _stored(job)
    ahead = sorted([*ahead, (turn.begin, turn.end)])
    while ahead and ahead[0][0] == at:
        at = ahead.pop(0)[1]
    job.cursor = {"at": at, "ahead": ahead, "of": turn.of}
    job.done += len(turn.lines)
    if at == turn.of:  # not forgotten: a thread that read the job before this is stored would begin anew
        with _LOCK:
            _LAST[_key(job)] = _Order(array("i"), [], 0)
    return at < turn.of


def _key(job: Job) -> tuple[int, datetime, int]:
    return job.id, job.created_at, job.tries


def _stored(job: Job) -> tuple[int, list[Span]]:
    return job.cursor.get("at", job.done), [(begin, end) for begin, end in job.cursor.get("ahead", ())]


def _lines(import_id: int) -> sa.Select[tuple[int]]:
    """All that are written or were refused only then: whoever goes on after a kill finds the same order.

    SQLite stores each page of an index anew with every transaction that touches it. Neighbours by name share pages of
    the four indexes that sort people, which writes half as much as to take rows as they come; PostgreSQL gains none.
    """
    mine = (row.c.import_id == import_id, row.c.outcome != Outcome.SAME.value, row.c.number.is_not(None))
    by_name = () if db.engine.dialect.name == "postgresql" else (row.c.sort_name,)
    return sa.select(row.c.line).where(*mine).order_by(*by_name, row.c.line)
