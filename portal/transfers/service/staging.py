"""Rows on their way in, written the fastest way that each database has."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from portal.foundation.database import db, table_of
from portal.transfers.models import ImportRow

TABLE = table_of(ImportRow)
EMPTY: dict[str, Any] = {
    column.name: None if column.nullable else False if column.name == "is_disabled" else "" for column in TABLE.c
} | {"telephone_count": 0}
NAMES = tuple(EMPTY)
_COLUMNS = ", ".join(f'"{name}"' for name in NAMES)
_INSERT = f"INSERT INTO {TABLE.name} ({_COLUMNS}) VALUES ({', '.join('?' * len(NAMES))})"  # noqa: S608 - our own names
_COPY = f"COPY {TABLE.name} ({_COLUMNS}) FROM STDIN"
_cells = itemgetter(*NAMES)


def batch() -> int:
    """Rows of one step: as many as keep SQLite's one lock short, more where writers do not wait for each other."""
    return 5000 if db.engine.dialect.name == "postgresql" else 500


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
        db.session.execute(sa.text(f"ANALYZE {TABLE.name}"))
