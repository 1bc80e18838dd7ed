"""A figure, the goal it is held against, and how both are written."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """A limit that a figure has to reach or keep."""

    limit: float
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        """Whether a value keeps it."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {written(self.limit)}"


@dataclass(frozen=True)
class Figure:
    """One result of a part: what was measured, on which database, and whether that is what we want."""

    name: str
    value: float
    unit: str
    goal: Goal | None = None
    database: str = ""
    note: str = ""

    @property
    def verdict(self) -> str:
        """In one word; empty where there is no goal."""
        return "" if self.goal is None else "met" if self.goal.is_met(self.value) else "MISSED"

    def as_json(self) -> dict[str, object]:
        """For the file of results."""
        goal = str(self.goal) if self.goal else None
        return {
            "name": self.name,
            "database": self.database,
            "value": round(self.value, 4),
            "unit": self.unit,
            "goal": goal,
            "verdict": self.verdict,
            "note": self.note,
        }


def at_least(limit: float) -> Goal:
    """The goal of something that should be much."""
    return Goal(limit, at_least=True)


def at_most(limit: float) -> Goal:
    """The goal of something that should be little."""
    return Goal(limit)


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: int) -> float:
    """The value that `share` of a hundred stay below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]


def table(figures: Sequence[Figure]) -> str:
    """Figures for the eye, in columns."""
    rows = [("figure", "database", "value", "unit", "goal", "", "")]
    for one in figures:
        goal = str(one.goal) if one.goal else ""
        rows.append((one.name, one.database, written(one.value), one.unit, goal, one.verdict, one.note))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    right = {2}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def written(value: float) -> str:
    """A number with three digits that say something."""
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"
