"""What reading a row works with: what it is read against, what comes of it, and how a cell is refused."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError

from portal.customers.models import ONLY_NAME, FieldKind
from portal.customers.rules import addresses
from portal.foundation import search
from portal.foundation.text import _

DAYS = (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?"), re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})"))

NUMBERS = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", re.ASCII)
SERIAL = re.compile(r"[1-6]\d{4}", re.ASCII)  # of days since FIRST_DAY, for the years 1927 to 2091
FIRST_DAY = date(1899, 12, 30)

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

    def names(self) -> tuple[str, str]:
        """First and last name of somebody new, both empty where the row has none; the only one is the first."""
        told = self.values.get("first_name", ""), self.values.get("last_name", "")
        first, last = told if any(told) else self.further.get("full_name", told)
        return (first or last, last if first and last else ONLY_NAME) if first or last else ("", "")


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


def local_day_of(text: str, country: str) -> date | None:
    """As `day_of`, also in numbers as spreadsheets of a country save it, and as they count days."""
    if SERIAL.fullmatch(text):
        return FIRST_DAY + timedelta(days=int(text))
    parts = NUMBERS.fullmatch(text)
    if parts is None:
        return day_of(text)
    one, two, year = map(int, parts.groups())
    month, day = (one, two) if _is_month_first(country) else (two, one)
    with suppress(ValueError):
        return date(year, month, day)
    return None


@lru_cache(maxsize=16)
def _is_month_first(country: str) -> bool:
    try:
        pattern = str(Locale.parse(f"und_{country}").date_formats["short"].pattern)
    except (UnknownLocaleError, ValueError):
        return False
    return pattern.find("M") < pattern.find("d") and not pattern.startswith("y")


def past_day_of(text: str, column: str, today: date) -> date:
    """The day on which something was said.

    Raises:
        Refused: it is no day, or has not come yet.
    """
    on = day_of(text)
    if on is None or on > today:
        raise Refused(column, _("Write a day like 2024-03-27"))
    return on


def country_of(text: str) -> str | None:
    """The country that a cell names, in two letters or in English; None where it names none."""
    code = text.upper()
    return code if code in addresses.countries() else _by_name().get(search.fold(text))


@lru_cache(maxsize=1)
def _by_name() -> dict[str, str]:
    return {search.fold(name): code for code, name in addresses.country_names("en")}


def unquoted(text: str) -> str:
    """A number without the quote in front that other shops write, so that spreadsheets keep its zeros."""
    return text[1:] if text.startswith("'") and text[1:].isdigit() else text


def choice_of(text: str, words: Mapping[str, bool], column: str) -> bool:
    """Yes or no.

    Raises:
        Refused: it is neither.
    """
    found = words.get(text.casefold())
    if found is None:
        raise Refused(column, _("Write yes or no"))
    return found
