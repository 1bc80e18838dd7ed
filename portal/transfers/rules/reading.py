"""What reading a row works with: what it is read against, what comes of it, and how a cell is refused."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.customers.models import FieldKind
from portal.foundation.text import _

DAYS = (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?"), re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})"))

Told = tuple[dict[str, Any], dict[str, Any]]  # values of customers' columns, and what goes beside them


class Refused(Exception):
    """A cell that cannot be taken: of which column, and why."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field_name


@dataclass(frozen=True)
class OwnField:
    """A field of the shop's own, as rules know it (see `custom_fields.Definition`)."""

    id: int
    name: str
    kind: FieldKind
    example: str
    pattern: str
    choices: list[str]


@dataclass(frozen=True)
class Shop:
    """What a row is read against."""

    country: str
    groups: Mapping[str, int]  # folded name → id
    stores: Mapping[str, int]  # code in small letters → id
    today: date
    fields: Mapping[str, OwnField] = field(default_factory=dict)  # by key
    bcrypt_cost: int = 12  # of the shop's own hashes, and the most that another's may have


@dataclass
class Read:
    """A row that was understood: values of customers' columns, and what else it brings."""

    values: dict[str, Any] = field(default_factory=dict)
    further: dict[str, Any] = field(default_factory=dict)


def day_of(text: str) -> date | None:
    """The day that a cell names, as ISO 8601 has it or with points; None where it names none."""
    if len(text) == 10 and text[4] == text[7] == "-" and text.isascii():
        with suppress(ValueError):
            return date.fromisoformat(text)
    iso, dotted = (pattern.fullmatch(text) for pattern in DAYS)
    parts = iso.groups() if iso else dotted.groups()[::-1] if dotted else None
    try:
        return date(*map(int, parts)) if parts else None
    except ValueError:
        return None


def past_day_of(text: str, column: str, today: date) -> date:
    """The day on which something was said.

    Raises:
        Refused: it is no day, or has not come yet.
    """
    on = day_of(text)
    if on is None or on > today:
        raise Refused(column, _("Write a day like 2024-03-27"))
    return on


def choice_of(text: str, words: Mapping[str, bool], column: str) -> bool:
    """Yes or no.

    Raises:
        Refused: it is neither.
    """
    found = words.get(text.casefold())
    if found is None:
        raise Refused(column, _("Write yes or no"))
    return found
