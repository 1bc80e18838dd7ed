"""The whole database at a moment: kept, brought back, and compared."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from portal.config import settings
from portal.foundation.database import db

BYTES: dict[Path, bytes] = {}  # of the stored files, which lie beside the database
Rows = dict[str, list[tuple[Any, ...]]]


class Watch:
    """A connection that stays open to read everything, and reads it again only where somebody has written since."""

    current: "Watch | None" = None  # the one of the test at hand

    def __init__(self) -> None:
        self._live = sqlite3.connect(path(), timeout=15, check_same_thread=False)
        self._version = -1
        self._rows: Rows = {}

    def rows(self) -> Rows:
        """Every row of every table."""
        version = self._live.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._rows = {table.name: self._live.execute(_everything_of(table)).fetchall() for table in tables()}
            self._version = version
        return self._rows

    def close(self) -> None:
        """Let go of the file."""
        self._live.close()


def path() -> str:
    """The file of the SQLite database."""
    return str(db.engine.url.database)


def keep() -> sqlite3.Connection:
    """A copy of everything, in memory; the bytes of files are kept along."""
    db.session.rollback()
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(sqlite3.connect(path())) as live:
        live.backup(copy)
    BYTES.update({file: file.read_bytes() for file in (settings().instance / "files").rglob("*") if file.is_file()})
    return copy


def bring_back(copy: sqlite3.Connection) -> None:
    """Everything as it was when the copy was made."""
    db.session.rollback()
    db.session.expire_all()
    with closing(sqlite3.connect(path(), timeout=15)) as live:
        live.execute("PRAGMA synchronous=OFF")  # as the tests' own connections
        copy.backup(live)
    for file, content in BYTES.items():
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


@contextmanager
def watching() -> Iterator[None]:
    """Keep one connection for all that `rows` is asked meanwhile; no other file may take the place of the database."""
    Watch.current = Watch()
    try:
        yield
    finally:
        Watch.current.close()
        Watch.current = None


def rows() -> Rows:
    """Every row of every table; inside `watching`."""
    assert Watch.current is not None
    return Watch.current.rows()


@cache
def _everything_of(table: sa.Table) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    return f'SELECT {names} FROM "{table.name}"'


def tables() -> list[sa.Table]:
    """The tables of the portal."""
    return db.metadata.sorted_tables


def changed(before: Rows, after: Rows) -> dict[str, set[str]]:
    """By table, the columns that differ; `*` where rows came or went."""
    found: dict[str, set[str]] = {}
    if before is after:
        return found
    for table in tables():
        old, new = before[table.name], after[table.name]
        if old == new:
            continue
        columns = found.setdefault(table.name, set())
        if len(old) != len(new):
            columns.add("*")
            continue
        names = [column.name for column in table.columns]
        for one, other in zip(old, new, strict=True):
            columns |= {name for name, mine, theirs in zip(names, one, other, strict=True) if mine != theirs}
    return found


@contextmanager
def watched() -> Iterator[dict[str, set[str]]]:
    """What changes in the database while something is done."""
    before = rows()
    found: dict[str, set[str]] = {}
    yield found
    found |= changed(before, rows())
