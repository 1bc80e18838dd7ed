"""The figures of the days that are over, read from their table and never counted anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from portal.figures.models import DailyFigure, Figure
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.pages import local_day

SHOWN = 30  # days of a line


@dataclass(frozen=True)
class Series:
    """A figure over the last days, oldest first, and its sum over as many days before; None where nobody counted."""

    days: Sequence[date]
    values: Sequence[int]
    before: int | None

    @property
    def total(self) -> int:
        return sum(self.values)

    @property
    def last(self) -> int:
        return self.values[-1]


def today() -> date:
    """The day that it is in the shop."""
    return local_day(now())


def read(figures: Iterable[Figure]) -> dict[Figure, Series]:
    """Figures of the last 30 days that are over, in one statement; those that have no day yet are left out."""
    wanted, end = list(figures), today()
    first, earliest = end - timedelta(days=SHOWN), end - timedelta(days=2 * SHOWN)
    rows = sa.select(DailyFigure.figure, DailyFigure.day, DailyFigure.value).where(
        DailyFigure.day >= earliest, DailyFigure.day < end, DailyFigure.figure.in_(wanted)
    )
    known: dict[Figure, dict[date, int]] = {}
    for figure, day, value in db.session.execute(rows) if wanted else ():
        known.setdefault(figure, {})[day] = value
    days = [first + timedelta(days=number) for number in range(SHOWN)]
    return {figure: _series(days, values, first) for figure, values in known.items()}


def missing(days: int) -> list[date]:
    """Which of the last days that are over nobody has counted, newest first."""
    end = today()
    counted = sa.select(DailyFigure.day).where(
        DailyFigure.day >= end - timedelta(days=days), DailyFigure.figure == Figure.REGISTRATIONS
    )
    known = set(db.session.scalars(counted))
    return [day for day in (end - timedelta(days=number) for number in range(1, days + 1)) if day not in known]


def _series(days: Sequence[date], values: dict[date, int], first: date) -> Series:
    earlier = [value for day, value in values.items() if day < first]
    return Series(days, [values.get(day, 0) for day in days], sum(earlier) if len(earlier) == SHOWN else None)
