"""Ledger: which columns of a table are sealed for good and which may be emptied later; and the code of one line.

A code is HMAC-SHA-256(key, code of the link before + place + everything the line says). The key is not in the database,
so whoever can write there can neither change, remove, swap nor add a line without `verifying` naming it. What the law
makes us forget (an address, what somebody said) is no part of the code itself: the code seals a mark of it, a short
keyed hash, so that it can be emptied, and can be told from anything that was put in its place.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from portal.foundation.database import Base, table_of

PURPOSE = "ledger"
MARK = 8  # bytes: nobody can try values, since nobody has the key

Shorten = Callable[[str], str]


@dataclass(frozen=True)
class Ledger:
    """One table that only grows.

    Args:
        name: as links know it.
        model: its lines.
        sealed: the columns that never change, in this order; a change of it would break every chain.
        held: the columns that may be emptied, in this order.
        shortened: how some of those may be shortened before.
    """

    name: str
    model: type[Base]
    sealed: tuple[str, ...]
    held: tuple[str, ...] = ()
    shortened: Mapping[str, Shorten] = field(default_factory=dict)

    @property
    def rows(self) -> sa.Table:
        """The table itself."""
        return table_of(self.model)

    def marks(self, key: bytes, line: Any) -> str:
        """What is sealed of the columns that may be emptied."""
        return ".".join(
            _mark(key, line.id, column, value) if value else ""
            for column in self.held
            for value in self._forms(column, getattr(line, column))
        )

    def is_marked(self, key: bytes, line: Any, marks: str, column: str) -> bool:
        """Whether a column that may be emptied says what it said, is shortened as it should be, or is empty."""
        value = getattr(line, column)
        if not value:
            return True
        found = marks.split(".")
        start = sum(len(self._forms(name, "")) for name in self.held[: self.held.index(column)])
        mine = found[start : start + len(self._forms(column, ""))]
        return _mark(key, line.id, column, value) in mine

    def code(self, key: bytes, before: str, position: int, line: Any, marks: str) -> str:
        """The code of a line's link."""
        said = [_plain(getattr(line, name)) for name in self.sealed]
        text = json.dumps([before, position, self.name, *said, marks], separators=(",", ":"))
        return hmac.digest(key, text.encode(), hashlib.sha256).hex()

    def _forms(self, column: str, value: str | None) -> tuple[str, ...]:
        value = value or ""
        shorten = self.shortened.get(column)
        return (value,) if shorten is None else (value, shorten(value))


_ledgers: dict[str, Ledger] = {}


def declare(ledger: Ledger) -> None:
    """Have the lines of a table sealed; to say it twice is harmless."""
    _ledgers[ledger.name] = ledger


def declared() -> Iterator[Ledger]:
    """Every ledger."""
    yield from _ledgers.values()


def by_name(name: str) -> Ledger | None:
    """A ledger as links know it."""
    return _ledgers.get(name)


def of(model: type[Any]) -> Ledger | None:
    """The ledger whose lines are of this class."""
    return next((ledger for ledger in _ledgers.values() if ledger.model is model), None)


def _mark(key: bytes, line_id: int, column: str, value: str) -> str:
    return hmac.digest(key, f"{column} {line_id} {value}".encode(), hashlib.sha256)[:MARK].hex()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value
