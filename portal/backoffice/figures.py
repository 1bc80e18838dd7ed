"""How the last 30 days went, as far as the member at work may know: figures with lines, charts with tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import format_date

from portal.figures import queries, rules
from portal.figures.models import Figure
from portal.figures.queries import SHOWN, Series
from portal.foundation.text import _, lazy
from portal.staff.guards import stores_for
from portal.staff.rules import Permission

Read = Mapping[Figure, Series]
WEEK = 7


@dataclass(frozen=True)
class Card:
    """One figure of the first page: who may see it, and how it is told."""

    figure: Figure
    label: str
    href: str
    permission: Permission
    told: Callable[[Read], tuple[str, str, list[int]]]  # value, comparison, line


def shown() -> dict[str, Any]:
    """Figures and charts for the first page, from the table of days in one statement."""
    cards = [card for card in CARDS if stores_for(card.permission) is None]  # counted over the whole shop
    wanted = {card.figure for card in cards}
    if Figure.DECISIONS in wanted:
        wanted.add(Figure.DECISION_SECONDS)
    if Figure.REGISTRATIONS in wanted:
        wanted.add(Figure.CONFIRMATIONS)
    read = queries.read(wanted)
    return {
        "figures": [_card(card, read) for card in cards if card.figure in read],
        "counting": bool(cards) and not read,
        "growth": _growth(read),
        "weeks": _weeks(read),
    }


def _card(card: Card, read: Read) -> dict[str, Any]:
    value, note, line = card.told(read)
    said = "" if len(line) == SHOWN else _("%(label)s on each day with a decision", label=card.label)
    return {"label": card.label, "value": value, "note": note, "line": line, "href": card.href, "said": said}


def _sum_of(figure: Figure) -> Callable[[Read], tuple[str, str, list[int]]]:
    def told(read: Read) -> tuple[str, str, list[int]]:
        series = read[figure]
        return f"{series.total:,}", rules.compared(series.total, series.before, SHOWN), list(series.values)

    return told


def _level_of(figure: Figure) -> Callable[[Read], tuple[str, str, list[int]]]:
    def told(read: Read) -> tuple[str, str, list[int]]:
        series = read[figure]
        more = rules.grown(series.last, series.values[0], SHOWN - 1)
        return f"{series.last:,}", _("%(day)s: %(more)s", day=_short(series.days[-1]), more=more), list(series.values)

    return told


def _time_to_decision(read: Read) -> tuple[str, str, list[int]]:
    decisions, seconds = read[Figure.DECISIONS], read[Figure.DECISION_SECONDS]
    if not decisions.total:
        return "—", _("No decision in the last %(n)s days", n=SHOWN), []
    line = [round(spent / number / rules.HOUR) for spent, number in _pairs(seconds, decisions) if number]
    mean = rules.duration(seconds.total / decisions.total)
    return mean, _("On average, over %(n)s decisions", n=f"{decisions.total:,}"), line


def _pairs(first: Series, second: Series) -> list[tuple[int, int]]:
    return list(zip(first.values, second.values, strict=True))


CARDS = (
    Card(
        Figure.REGISTRATIONS,
        lazy("New customers"),
        "/staff/customers",
        Permission.CUSTOMER_VIEW,
        _sum_of(Figure.REGISTRATIONS),
    ),
    Card(
        Figure.WAITING,
        lazy("Waiting applications"),
        "/staff/approvals",
        Permission.CUSTOMER_APPROVE,
        _level_of(Figure.WAITING),
    ),
    Card(
        Figure.DECISIONS, lazy("Time to a decision"), "/staff/approvals", Permission.CUSTOMER_APPROVE, _time_to_decision
    ),
    Card(
        Figure.SUBSCRIBERS,
        lazy("Newsletter subscribers"),
        "/staff/audiences",
        Permission.AUDIENCE_VIEW,
        _level_of(Figure.SUBSCRIBERS),
    ),
)


def _growth(read: Read) -> dict[str, Any]:
    """New customers and confirmed accounts by day, as the line chart takes them."""
    if Figure.REGISTRATIONS not in read:
        return {}
    came, confirmed = read[Figure.REGISTRATIONS], read[Figure.CONFIRMATIONS]
    top = _round_up(max(*came.values, *confirmed.values, 1))
    days = [_short(day) for day in came.days]
    rows = [[day, f"{n:,}", f"{m:,}"] for day, (n, m) in zip(days, _pairs(came, confirmed), strict=True)]
    return {
        "series": [
            {"name": _("New customers"), "values": came.values},
            {"name": _("Accounts confirmed"), "values": confirmed.values},
        ],
        "ticks": [f"{top:,}", f"{top // 2:,}", "0"],
        "x": [days[0], days[len(days) // 2], days[-1]],
        "top": top,
        "table": {"head": [_("Day"), _("New customers"), _("Accounts confirmed")], "rows": rows[::-1]},
        "said": _("%(n)s new customers and %(m)s confirmed accounts.", n=f"{came.total:,}", m=f"{confirmed.total:,}"),
    }


def _weeks(read: Read) -> list[tuple[str, int, str]]:
    """New customers by week, the newest first, as the bar chart takes them."""
    if Figure.REGISTRATIONS not in read:
        return []
    series, rows = read[Figure.REGISTRATIONS], []
    for end in range(len(series.values), WEEK - 1, -WEEK):
        number = sum(series.values[end - WEEK : end])
        first, last = series.days[end - WEEK], series.days[end - 1]
        words = f"{first.day if first.month == last.month else _short(first)}–{_short(last)}"
        rows.append((words, number, f"{number:,}"))
    return rows


def _round_up(number: int) -> int:
    """The next even number with one or two digits that are not nothing, for the top of a chart."""
    unit: int = 10 ** max(len(str(number)) - 2, 0)
    return max(-(-number // (2 * unit)) * 2 * unit, 2)


def _short(day: date) -> str:
    return str(format_date(day, "d MMM"))
