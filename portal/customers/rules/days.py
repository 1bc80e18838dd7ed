"""Days that people know by heart: read from boxes or from one, and which of them a birthday can be."""

import unicodedata
from datetime import date
from functools import lru_cache

from babel.dates import get_month_names

from portal.foundation.text import locale

EARLIEST = date(1880, 1, 1)
FEWEST_LETTERS = 3  # of the name of a month


def read(day: str, month: str, year: str) -> date | None:
    """The day that three boxes say: "3", "03", "Mar" and "March" are all understood; None when there is no such day."""
    found = (_number(day), _month(month), _number(year))
    if None in found:
        return None
    try:
        return date(found[2] or 0, found[1] or 0, found[0] or 0)
    except (ValueError, OverflowError):
        return None


def from_iso(text: str) -> date | None:
    """The day that a browser's own box sends, as 1990-03-31."""
    parts = text.split("-")
    return read(parts[2], parts[1], parts[0]) if len(parts) == 3 else None


def is_sensible(on: date, today: date) -> bool:
    """Whether somebody who is alive may have been born, or have come for the first time, on a day."""
    return EARLIEST <= on <= today


def _number(text: str) -> int | None:
    plain = unicodedata.normalize("NFKC", text).strip()
    return int(plain) if plain.isdecimal() and len(plain) <= 4 else None


def _month(text: str) -> int | None:
    plain = text.strip().casefold().rstrip(".")
    if (number := _number(plain)) is not None:
        return number
    fits = {at for at, name in _names(locale()) if len(plain) >= FEWEST_LETTERS and name.startswith(plain)}
    return fits.pop() if len(fits) == 1 else None


@lru_cache(maxsize=16)
def _names(locale: str) -> list[tuple[int, str]]:
    """Every month with its names in a language and in English."""
    names = []
    for language in {locale, "en"}:
        months = get_month_names("wide", locale=language)
        names += [(at, str(months[at]).casefold()) for at in range(1, 13)]
    return names
