"""Translated words for rooms that know nothing of the web."""

from functools import cache
from pathlib import Path

from babel import Locale
from flask_babel import get_locale, gettext, ngettext
from flask_babel.speaklater import LazyString

CATALOGUES = Path(__file__).parents[1] / "translations"


@cache
def is_translated() -> bool:
    """Whether there are words in another language than the one they are written in: to look for them costs most."""
    return CATALOGUES.is_dir()


def _(words: str, **values: object) -> str:
    """Words in the language of the reader, or of the mail that is being rendered."""
    if not is_translated():
        return words % values if values else words
    return str(gettext(words, **values))


def lazy(words: str, **values: object) -> str:
    """Words that are translated when they are shown: for labels written down at import time."""
    translated: str = LazyString(_, words, **values)
    return translated


def plural(one: str, many: str, number: int, **values: object) -> str:
    """Words that go with a number; `%(num)s` in them is the number."""
    if not is_translated():
        return (one if number == 1 else many) % {"num": number, **values}
    return str(ngettext(one, many, number, **values))


def locale() -> str:
    """The language that words are said in now, such as `en`."""
    return str(get_locale() or "en")


def language_name(code: str) -> str:
    """What those who speak a language call it."""
    spoken = Locale.parse(code, sep="-" if "-" in code else "_")
    return (spoken.get_display_name() or code).capitalize()
