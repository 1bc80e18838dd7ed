"""Rows on their way in, written the fastest way that each database has."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from operator import itemgetter
from typing import Any, TypeVar

import sqlalchemy as sa

from portal.audit.service import Actor
from portal.foundation.database import db, table_of
from portal.transfers.models import ImportRow, Outcome

Statement = TypeVar("Statement")
HELD = 0.08  # seconds
FIRST, FEWEST = 350, 250  # rows
TABLE = table_of(ImportRow)
EMPTY: dict[str, Any] = {
    column.name: None if column.nullable else False if column.name == "is_disabled" else "" for column in TABLE.c
} | {"telephone_count": 0}
NAMES = tuple(EMPTY)
_COLUMNS = ", ".join(f'"{name}"' for name in NAMES)
_INSERT = f"INSERT INTO {TABLE.name} ({_COLUMNS}) VALUES ({', '.join('?' * len(NAMES))})"  # noqa: S608 - our own names
_COPY = f"COPY {TABLE.name} ({_COLUMNS}) FROM STDIN"
_SOUGHT = ("import_id", "line", "outcome", "customer_id", "version", "number", "email_key", "more")
_cells = itemgetter(*NAMES)


def batch() -> int:
    """Rows of one step: as many as keep SQLite's one lock short, more where writers do not wait for each other."""
    return 5000 if db.engine.dialect.name == "postgresql" else 500


class Pace:
    """How many rows the next step writes: so many that SQLite's one lock is held for about `HELD`.

    Each process finds out for itself, by how long the steps before took it.
    """

    def __init__(self) -> None:
        self._rows: float = FIRST

    def rows(self) -> int:
        """Rows of the next step, never more than `batch`."""
        if db.engine.dialect.name == "postgresql":
            return batch()
        return min(batch(), max(FEWEST, int(self._rows)))

    def took(self, rows: int, seconds: float) -> None:
        """Learn from a step with so many rows, from its beginning until it was stored."""
        if rows >= FEWEST:
            self._rows = (self._rows + min(rows * HELD / max(seconds, 0.001), batch())) / 2


@dataclass(frozen=True)
class Batch:
    """The rows that one transaction writes, by their lines; when, and by whom."""

    import_id: int
    lines: Sequence[int]
    moment: datetime
    by: Actor


def once(build: Callable[[], Statement]) -> Callable[[], Statement]:
    """Have a statement built once for each database: SQLAlchemy takes longer to recognise one than SQLite to do it."""
    built: dict[str, Statement] = {}

    @wraps(build)
    def statement() -> Statement:
        dialect = db.engine.dialect.name
        if dialect not in built:
            built[dialect] = build()
        return built[dialect]

    return statement


def run(statement: sa.Executable, batch: Batch, **more: Any) -> sa.CursorResult[Any]:
    """Do something with the rows of a batch: a statement about `these`, and what else it has parameters for."""
    told: dict[str, Any] = {"the_import": batch.import_id}
    if db.engine.dialect.name == "postgresql":
        told |= {"first": batch.lines[0], "last": batch.lines[-1]}
    else:
        told["lines"] = json.dumps(batch.lines)
    return db.session.connection().execute(statement, told | more)


def these() -> sa.ColumnElement[bool]:
    """The rows of a batch: on PostgreSQL, which writes them as they come, all between two lines (see `order`)."""
    mine, line = TABLE.c.import_id == sa.bindparam("the_import"), TABLE.c.line
    if db.engine.dialect.name == "postgresql":
        return sa.and_(mine, line.between(sa.bindparam("first"), sa.bindparam("last")))
    listed = sa.func.json_each(sa.bindparam("lines")).table_valued("value")
    return sa.and_(mine, line.in_(sa.select(listed.c.value)))


def are_new() -> sa.ColumnElement[bool]:
    """Those of a batch that make a customer."""
    return sa.and_(these(), TABLE.c.outcome == Outcome.NEW.value)


def are_changes() -> sa.ColumnElement[bool]:
    """Those of a batch that change a customer on record."""
    return sa.and_(these(), TABLE.c.outcome == Outcome.CHANGE.value)


def glance() -> int:
    """Rows of one step of the check, which holds no lock while it reads and compares them; each takes two kilobytes."""
    return 2000 if db.engine.dialect.name == "postgresql" else 1000


def row(import_id: int, line: int, outcome: str) -> dict[str, Any]:
    """A staged row that says nothing yet."""
    return EMPTY | {"import_id": import_id, "line": line, "outcome": str(outcome)}


def write(rows: Sequence[dict[str, Any]]) -> None:
    """Stage rows in the caller's transaction."""
    if not rows:
        return
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
            for one in rows:
                copy.write_row(_cells(one))
        return
    for name in ("born_on", "anniversary_on", "consent_at"):
        _as_text(rows, name)
    connection.exec_driver_sql(_INSERT, [_cells(one) for one in rows])


def _as_text(rows: Sequence[dict[str, Any]], name: str) -> None:
    """A day or moment as SQLAlchemy keeps it on SQLite, which the driver alone does not know."""
    form = "%Y-%m-%d %H:%M:%S.%f" if name == "consent_at" else "%Y-%m-%d"
    for one in rows:
        if one[name] is not None:
            one[name] = one[name].strftime(form)


def analyze() -> None:
    """Tell PostgreSQL's planner what is in the stage now: without that it takes a full one for empty."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text(f"ANALYZE {TABLE.name} ({', '.join(_SOUGHT)})"))
