"""Rows on their way in, written the fastest way that each database has."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from portal.foundation.database import db, table_of
from portal.transfers.models import ImportRow

TABLE = table_of(ImportRow)
EMPTY: dict[str, Any] = {
    column.name: None if column.nullable else False if column.name == "is_disabled" else "" for column in TABLE.c
} | {"telephone_count": 0}
NAMES = tuple(EMPTY)


def batch() -> int:
    """Rows of one step: as many as keep SQLite's one lock short, more where writers do not wait for each other."""
    return 2500 if db.engine.dialect.name == "postgresql" else 500


def row(import_id: int, line: int, outcome: str) -> dict[str, Any]:
    """A staged row that says nothing yet."""
    return EMPTY | {"import_id": import_id, "line": line, "outcome": str(outcome)}


def write(rows: Sequence[dict[str, Any]]) -> None:
    """Stage rows in the caller's transaction."""
    if not rows:
        return
    if db.engine.dialect.name != "postgresql":
        db.session.execute(sa.insert(TABLE), rows)
        return
    columns = ", ".join(f'"{name}"' for name in NAMES)
    driver: Any = db.session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {TABLE.name} ({columns}) FROM STDIN") as copy:
        for one in rows:
            copy.write_row([one[name] for name in NAMES])
