"""The rows of the list as they stand in its page: how a row looks is drawn once, and the words are put in.

Most rows of a list look alike but for their words, and to draw fifty of them cell by cell is a fifth of the page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2.runtime import Macro
from markupsafe import Markup, escape

from portal.backoffice.customers.columns import Column
from portal.customers.models import whole_name
from portal.customers.queries import Row
from portal.foundation import drawing
from portal.foundation.drawing import Stencil
from portal.foundation.pages import days
from portal.foundation.text import locale

APART = "\0"  # between words that are escaped together: no database of ours holds one
HEAD = 4  # words before those of the cells: id, name, number and address
LOOKS = 512  # that are remembered

Place = tuple[str, str]  # of a column: the kind of its cells, and where they stand on a phone
Look = tuple[str, ...]  # of address and cells: empty where nothing is, the kind of a status, or that there are words


@dataclass(frozen=True)
class Lines:
    """A page of customers: of each row how it looks, and its words, escaped; those of a day are two."""

    places: tuple[Place, ...]
    looks: Sequence[Look]
    words: Sequence[tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.looks)

    def drawn_by(self, row: Macro, select: str) -> str:
        """The rows as a macro draws them: of id, name, number, address, cells and the words of the tick box."""
        known, language, lines = dict[Look, Stencil](), locale(), []
        for look, words in zip(self.looks, self.words, strict=True):
            stencil = known.get(look)
            if stencil is None:
                stencil = known[look] = _stencil(row, language, self.places, look, select)
            lines.append(stencil.filled(words))
        return Markup("".join(lines))  # noqa: S704 - the macro escaped its part, and `lines_of` the words


def lines_of(found: Sequence[Row], shown: Sequence[Column]) -> Lines:
    """A page of customers in these columns."""
    places = tuple((column.kind, column.at) for column in shown)
    if not found:
        return Lines(places, [], [])
    emails = [row.email for row in found]
    looks = [_is_there(emails)]
    words = [
        [str(row.id) for row in found],
        _escaped([whole_name(row.first_name, row.last_name) for row in found]),
        _escaped([row.number for row in found]),
        _escaped(emails),
    ]
    for column in shown:
        look, parts = _PARTS.get(column.kind, _of_words)(column.cells(found))
        looks.append(look)
        words += map(_escaped, parts)
    return Lines(places, list(zip(*looks, strict=True)), list(zip(*words, strict=True)))


Parts = tuple[list[str], list[list[str]]]  # of a column: how each cell looks, and the words of all, once or twice


def _of_words(values: Sequence[Any]) -> Parts:
    return _is_there(values), [[value or "" for value in values]]


def _of_states(values: Sequence[Any]) -> Parts:
    return [value[1] if value else "" for value in values], [[value[0] if value else "" for value in values]]


def _of_days(values: Sequence[Any]) -> Parts:
    said = days()
    words = [said(value) if value else "" for value in values]
    return _is_there(values), [words, [value.isoformat() if value else "" for value in values]]


_PARTS: dict[str, Callable[[Sequence[Any]], Parts]] = {"status": _of_states, "day": _of_days}


def _is_there(values: Sequence[Any]) -> list[str]:
    return ["there" if value else "" for value in values]


def _escaped(words: list[str]) -> list[str]:
    """Words as a page holds them, escaped at once."""
    found = str(escape(APART.join(words))).split(APART)
    return found if len(found) == len(words) else [str(escape(word)) for word in words]


@lru_cache(maxsize=LOOKS)
def _stencil(row: Macro, language: str, places: tuple[Place, ...], look: Look, select: str) -> Stencil:
    del language  # a macro asks for it by itself
    gaps = drawing.gaps()
    row_id, name, number, email = (next(gaps) for _one in range(HEAD))
    cells = []
    for (kind, at), shown in zip(places, look[1:], strict=True):
        value = next(gaps)
        more = next(gaps) if kind == "day" else shown
        cells.append((kind, at, value if shown else "", more))
    return drawing.stencil(row(row_id, name, number, email if look[0] else "", cells, select))
