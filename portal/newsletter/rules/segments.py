"""Conditions put together as sentences: read from what is stored, said in words, and what they mean as a whole.

What cannot be read means nobody, never everybody: a group that was deleted must not widen a segment, and behind a
"none of" a condition that is merely left out would.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from portal.foundation.pages import day as in_words
from portal.foundation.text import _, lazy
from portal.newsletter.errors import SegmentUnreadable
from portal.newsletter.rules.conditions import Condition, Meaning, Operator, Wants

MOST_ROWS = 20
MOST_BOXES = 5
MOST_DAYS = 36_500
MOST_CHOSEN = 50  # values of one condition
LONGEST_VALUE = 120  # of one of them


class Match(StrEnum):
    """How the parts of a box come together."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


MATCHES = {Match.ALL: lazy("all"), Match.ANY: lazy("at least one"), Match.NONE: lazy("none")}


@dataclass(frozen=True)
class Row:
    """One condition: what is asked, how, and the value; several values stand one a line."""

    field: str
    operator: str
    value: str = ""

    @property
    def values(self) -> list[str]:
        """Each value once, in the order in which they stand."""
        return list(dict.fromkeys(filter(None, self.value.split("\n"))))


@dataclass(frozen=True)
class Box:
    """Conditions that come together in one way; a box holds rows and, on the outside, boxes of rows."""

    match: Match
    parts: tuple["Row | Box", ...]

    @property
    def rows(self) -> list[Row]:
        """Every row, those of inner boxes as well."""
        return [row for part in self.parts for row in (part.rows if isinstance(part, Box) else [part])]


def stored(box: Box) -> dict[str, Any]:
    """A box as JSON keeps it."""
    parts = [
        stored(part) if isinstance(part, Box) else {"field": part.field, "operator": part.operator, "value": part.value}
        for part in box.parts
    ]
    return {"match": box.match.value, "parts": parts}


def read(kept: object) -> Box:
    """The box that JSON keeps.

    Raises:
        SegmentUnreadable: it is none, holds nothing, or has more in it than there may be.
    """
    box = _box(kept, inside=False)
    boxes = [part for part in box.parts if isinstance(part, Box)]
    if len(box.rows) > MOST_ROWS or len(boxes) > MOST_BOXES:
        raise SegmentUnreadable(_("A segment has at most %(rows)s conditions.", rows=MOST_ROWS))
    return box


def meaning(box: Box, known: Mapping[str, Condition]) -> Meaning:
    """What a box asks, as one expression.

    Raises:
        SegmentUnreadable: a row asks for something that there is not (any more); the words name it.
    """
    if not box.parts:
        raise SegmentUnreadable(_("Add a condition: without one this would be everybody."))
    parts = [meaning(part, known) if isinstance(part, Box) else meaning_of(part, known) for part in box.parts]
    if box.match is Match.ALL:
        return sa.and_(*parts)
    either = sa.or_(*parts)
    # Of who has no record, the database says neither yes nor no: not yes, is no.
    return either if box.match is Match.ANY else either.is_not(sa.true())


def meaning_of(row: Row, known: Mapping[str, Condition]) -> Meaning:
    """What one row asks.

    Raises:
        SegmentUnreadable: there is no such condition, operator or value; the words say which.
    """
    condition, operator = _asked(row, known)
    if operator.wants is Wants.DAYS and number(row.value) is None:
        raise SegmentUnreadable(_("%(field)s: enter a number of days, like 90.", field=condition.words))
    if operator.wants is Wants.DAY and day(row.value) is None:
        raise SegmentUnreadable(_("%(field)s: enter a day, like 2026-03-31.", field=condition.words))
    if operator.wants is Wants.CHOICES and not row.values:
        raise SegmentUnreadable(_("%(field)s: choose at least one.", field=condition.words))
    found = condition.read(row.operator, row.value)
    if found is None:
        words = _("%(field)s: what was chosen here isn’t there any more. Choose again.", field=condition.words)
        raise SegmentUnreadable(words)
    return found


def sentence(box: Box, known: Mapping[str, Condition]) -> str:
    """A box in words; what cannot be read is said as such."""
    if not box.parts:
        return _("no condition yet")
    parts = [f"({sentence(part, known)})" if isinstance(part, Box) else _words(part, known) for part in box.parts]
    if box.match is Match.ALL:
        return _(" and ").join(parts)
    either = _(" or ").join(parts)
    return either if box.match is Match.ANY else _("not: %(conditions)s", conditions=either)


def number(text: str) -> int | None:
    """A number of days as somebody types it; None for anything else."""
    tidy = text.strip()
    return int(tidy) if tidy.isascii() and tidy.isdecimal() and len(tidy) < 6 and int(tidy) <= MOST_DAYS else None


def day(text: str) -> date | None:
    """A day of the calendar as a browser sends it; None for anything else."""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if date(1900, 1, 1) <= found <= date(2200, 1, 1) else None


def _asked(row: Row, known: Mapping[str, Condition]) -> tuple[Condition, Operator]:
    condition = known.get(row.field)
    if condition is None:
        raise SegmentUnreadable(_("One of the conditions isn’t offered any more. Remove it."))
    operator = condition.operators.get(row.operator)
    if operator is None:
        raise SegmentUnreadable(_("%(field)s: choose how to compare.", field=condition.words))
    return condition, operator


def _words(row: Row, known: Mapping[str, Condition]) -> str:
    try:
        condition, operator = _asked(row, known)
    except SegmentUnreadable:
        return _("something that isn’t offered any more")
    value = row.value
    if operator.wants is Wants.CHOICE:
        value = _named([row.value], condition)
    elif operator.wants is Wants.CHOICES:
        value = _named(row.values, condition)
    elif operator.wants is Wants.DAY and (found := day(row.value)) is not None:
        value = in_words(found)
    said = [condition.words, operator.words, "" if operator.wants is Wants.NOTHING else value, operator.after]
    return " ".join(str(part) for part in said if str(part))


def _named(values: list[str], condition: Condition) -> str:
    words = dict(condition.choices())
    return ", ".join(str(words.get(value) or _("something that isn’t there any more")) for value in values)


def _fits(row: Row) -> bool:
    """Whether a row is no longer than somebody can have made it."""
    parts = (row.field, row.operator, *row.values)
    return len(row.values) <= MOST_CHOSEN and all(len(part) <= LONGEST_VALUE for part in parts)


def _box(kept: object, *, inside: bool) -> Box:
    unreadable = SegmentUnreadable(_("These conditions can’t be read. Build the segment anew."))
    if not isinstance(kept, dict) or kept.get("match") not in set(Match) or not isinstance(kept.get("parts"), list):
        raise unreadable
    parts: list[Row | Box] = []
    for part in kept["parts"]:
        if isinstance(part, dict) and "parts" in part and not inside:
            parts.append(_box(part, inside=True))
        elif isinstance(part, dict) and {"field", "operator", "value"} == set(part):
            if not all(isinstance(text, str) for text in part.values()):
                raise unreadable
            row = Row(part["field"], part["operator"], part["value"])
            if not _fits(row):
                raise unreadable
            parts.append(row)
        else:
            raise unreadable
    return Box(Match(kept["match"]), tuple(parts))
