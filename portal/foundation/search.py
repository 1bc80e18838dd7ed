"""Text search that finds the same on both databases: one folded column, one way to fold what is sought."""

import unicodedata
from typing import Any

import sqlalchemy as sa

SHORTEST = 3  # letters of a word that is sought anywhere; a shorter one must begin the text or a word

# Letters that do not come apart under NFKD, as people type them without the key for them.
LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)


def fold(text: str) -> str:
    """Lower case without accents, single spaces; marks that carry meaning, as in Hindi, stay.

    Only U+0300 to U+036F are accents on letters of Europe; dropping all marks makes different Hindi words equal.
    """
    apart = unicodedata.normalize("NFKD", text.casefold()).casefold()
    kept = "".join(letter for letter in apart if not "\u0300" <= letter <= "\u036f")
    return " ".join(unicodedata.normalize("NFC", kept).translate(LETTERS).split())


def contains(column: Any, term: str) -> list[sa.ColumnElement[bool]]:
    """Conditions that every word of the term occurs in a folded column, in any order."""
    return [_word(column, word) for word in fold(term).split()]


def _word(column: Any, word: str) -> sa.ColumnElement[bool]:
    if len(word) >= SHORTEST:
        found: sa.ColumnElement[bool] = column.contains(word, autoescape=True)
        return found
    return sa.or_(
        column.startswith(word, autoescape=True),
        column.contains(f" {word}", autoescape=True),
    )
