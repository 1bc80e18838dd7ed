"""Is this answer right for that field? How an answer is shown, and written into a file and read again.

An answer is kept as a text (numbers as digits with a point, days as YYYY-MM-DD), as true or false, as a list of texts
where several may be chosen, and of a file its name.
"""

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Protocol
from urllib.parse import urlsplit

from portal.customers.models import FieldKind
from portal.customers.rules import patterns
from portal.foundation import search
from portal.foundation.forms import is_clean
from portal.foundation.pages import day
from portal.foundation.text import _, lazy

Value = str | bool | list[str]

LONGEST_TEXT = 255  # characters
LONGEST_LONG_TEXT = 4000
LONGEST_LINK = 500
MOST_DIGITS = 15  # of a number, so that every program that reads an export keeps all of them
MOST_CHOICES = 100
LONGEST_CHOICE = 80
BETWEEN = "; "  # between several choices in a file

KINDS: dict[FieldKind, str] = {
    FieldKind.TEXT: lazy("Text"),
    FieldKind.LONG_TEXT: lazy("Long text"),
    FieldKind.NUMBER: lazy("Number"),
    FieldKind.DATE: lazy("Date"),
    FieldKind.CHOICE: lazy("One of several choices"),
    FieldKind.CHOICES: lazy("Several choices"),
    FieldKind.YES_NO: lazy("Yes or no"),
    FieldKind.LINK: lazy("Link"),
    FieldKind.FILE: lazy("File"),
}
WITH_CHOICES = (FieldKind.CHOICE, FieldKind.CHOICES)
WITH_EXAMPLE = (FieldKind.TEXT, FieldKind.LONG_TEXT, FieldKind.NUMBER, FieldKind.LINK)

YES, NO = "yes", "no"
_YES = frozenset({"yes", "y", "true", "1", "on"})
_NO = frozenset({"no", "n", "false", "0", "off"})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,12})?", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)


class Misfit(ValueError):
    """An answer that is not right for its field; the message is fit for whoever typed it."""


class Definition(Protocol):
    """What the rules need to know of a field."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> FieldKind: ...
    @property
    def example(self) -> str: ...
    @property
    def pattern(self) -> str: ...
    @property
    def choices(self) -> list[str]: ...


def key_of(name: str) -> str:
    """A field's name as files and forms spell it: "GST number" is gst_number; empty when nothing of it can be spelt."""
    return re.sub(r"[^a-z0-9]+", "_", search.fold(name)).strip("_")[:40].strip("_")


def read(field: Definition, typed: Sequence[str]) -> Value | None:
    """What was typed or chosen as it is kept; None when nothing was.

    Args:
        field: whose answer it is; files are no texts and are read by `rules.answer_files`.
        typed: everything that was sent under its name.

    Raises:
        Misfit: it is not right for the field.
    """
    texts = [_tidy(text, keeps_lines=field.kind is FieldKind.LONG_TEXT) for text in typed]
    texts = [text for text in texts if text]
    if not texts:
        return None
    if not all(map(is_clean, texts)):
        raise Misfit(_("This has a character that can’t be shown. Type it instead of pasting it."))
    if field.kind is FieldKind.CHOICES:
        return _chosen(field, texts)
    return _READERS[field.kind](field, texts[0])


def day_of(day: str, month: str, year: str) -> str:
    """Three boxes as one text for `read`: empty when all are; months by number or by name."""
    parts = [part.strip() for part in (year, month, day)]
    if not any(parts):
        return ""
    name = search.fold(parts[1])[:3]
    if name in _MONTHS:
        parts[1] = str(_MONTHS.index(name) + 1)
    return "-".join(parts)


def day_parts(text: str) -> tuple[str, str, str]:
    """A kept day, or one that was typed wrongly, as the three boxes show it: day, month, year."""
    year, month, day = ([*text.split("-", 2), "", "", ""])[:3]
    return (day.lstrip("0"), month.lstrip("0"), year) if _DAY.fullmatch(text) else (day, month, year)


def shown(field: Definition, value: Value) -> str:
    """An answer as a page shows it."""
    if field.kind is FieldKind.YES_NO:
        return _("Yes") if value is True else _("No")
    if isinstance(value, list):
        return ", ".join(value)
    if field.kind is FieldKind.DATE:
        return day(date.fromisoformat(str(value)))
    return str(value)


def as_text(field: Definition, value: Value | None) -> str:
    """An answer as a file has it: what `from_text` reads back; nothing for a file, whose bytes fit no cell."""
    if value is None or field.kind is FieldKind.FILE:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    return BETWEEN.join(value) if isinstance(value, list) else value


def from_text(field: Definition, text: str) -> Value | None:
    """What a cell of a file says; None for an empty one.

    Raises:
        Misfit: it is not right for the field.
    """
    if field.kind is FieldKind.FILE:
        if text.strip():
            raise Misfit(_("A file can’t be imported. Leave this column empty."))
        return None
    return read(field, text.split(";") if field.kind is FieldKind.CHOICES else [text])


def check_choices(lines: Sequence[str]) -> list[str]:
    """The choices of a field, one a line, each once.

    Raises:
        Misfit: there are too few or too many, or one is too long or has the sign that stands between several.
    """
    choices = list(dict.fromkeys(text for text in (_tidy(line) for line in lines) if text))
    if len(choices) < 2:
        raise Misfit(_("Enter at least two choices, one a line"))
    if len(choices) > MOST_CHOICES:
        raise Misfit(_("Enter %(n)s choices or fewer", n=MOST_CHOICES))
    for choice in choices:
        if len(choice) > LONGEST_CHOICE:
            raise Misfit(_("“%(choice)s…” is longer than %(n)s characters", choice=choice[:20], n=LONGEST_CHOICE))
        if ";" in choice:
            raise Misfit(_("“%(choice)s” has a semicolon, which stands between choices in files", choice=choice))
    return choices


def _tidy(text: str, *, keeps_lines: bool = False) -> str:
    plain = unicodedata.normalize("NFC", text)
    if not keeps_lines:
        return " ".join(plain.split())
    return "\n".join(line.rstrip() for line in plain.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()


def _text(field: Definition, text: str) -> Value:
    most = LONGEST_LONG_TEXT if field.kind is FieldKind.LONG_TEXT else LONGEST_TEXT
    if len(text) > most:
        raise Misfit(_("%(field)s must be %(n)s characters or fewer", field=field.name, n=most))
    if field.pattern and not patterns.read(field.pattern).fits(text):
        raise Misfit(_like(field) or _("%(name)s has another form than this", name=field.name))
    return text


def _number(field: Definition, text: str) -> Value:
    plain = text.replace(" ", "").replace("\N{MINUS SIGN}", "-")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", plain, re.ASCII):
        plain = plain.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        raise Misfit(_like(field) or _("Enter a number, like 12 or 12.5"))
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise Misfit(_("Enter a number, like 12 or 12.5")) from None
    if len(number.normalize().as_tuple().digits) > MOST_DIGITS:
        raise Misfit(_("Enter a number of %(n)s digits or fewer", n=MOST_DIGITS))
    shortest = f"{number.normalize():f}"
    return "0" if shortest == "-0" else shortest


def _date(field: Definition, text: str) -> Value:
    del field
    found = _DAY.fullmatch(text)
    if found is not None:
        with suppress(ValueError):
            return date(*map(int, found.groups())).isoformat()
    raise Misfit(_("Enter a date, like 27 3 1990"))


def _choice(field: Definition, text: str) -> Value:
    by_key = {search.fold(choice): choice for choice in field.choices}
    if text in field.choices:
        return text
    if search.fold(text) in by_key:
        return by_key[search.fold(text)]
    raise Misfit(_("Choose from the list"))


def _chosen(field: Definition, texts: Sequence[str]) -> Value:
    chosen = {str(_choice(field, text)) for text in texts}
    return [choice for choice in field.choices if choice in chosen]


def _yes_no(field: Definition, text: str) -> Value:
    del field
    word = search.fold(text)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Misfit(_("Choose Yes or No"))


def _link(field: Definition, text: str) -> Value:
    if len(text) > LONGEST_LINK:
        raise Misfit(_("%(field)s must be %(n)s characters or fewer", field=field.name, n=LONGEST_LINK))
    address = text if "://" in text else f"https://{text}"
    if not _is_page(address):
        raise Misfit(_("Enter the address of a page, like %(link)s", link=field.example or "https://shop.example"))
    return address


def _is_page(address: str) -> bool:
    """Whether this is the address of a page: no other scheme, no name and password, nothing that ends an attribute."""
    if any(letter.isspace() or letter in '<>"\\' for letter in address):
        return False
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in host and port != 0 and "@" not in parts.netloc


def _like(field: Definition) -> str:
    return _("%(name)s must look like %(example)s", name=field.name, example=field.example) if field.example else ""


_READERS = {
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.CHOICE: _choice,
    FieldKind.YES_NO: _yes_no,
    FieldKind.LINK: _link,
}
