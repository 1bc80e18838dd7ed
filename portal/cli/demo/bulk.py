"""Rows by the hundred thousand: COPY on PostgreSQL, plain parameters on SQLite, and no object for any of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.customers.queries import TEXT
from portal.foundation.database import Base, db, table_of, transaction

Rows = Sequence[Mapping[str, Any]]
TEXT_INDEX = "ix_customer_search_text_trgm"
CACHE_KIB = 256 * 1024  # of SQLite while it loads
MANY = 50_000  # rows from which on it pays to make the index of the text search anew


def write(model: type[Base], rows: Rows) -> None:
    """Insert rows that all have the same attributes; those left out get the model's defaults."""
    if rows:
        _insert(table_of(model), _columns(model), rows)


def write_to(table: sa.Table, rows: Rows) -> None:
    """The same for a table without a model, all of whose columns are given."""
    if rows:
        _insert(table, {column.name: _Column.of(column) for column in table.columns}, rows)


def _insert(table: sa.Table, known: Mapping[str, "_Column"], rows: Rows) -> None:
    given = set(rows[0])
    missing = {key: column.default() for key, column in known.items() if key not in given and column.default}
    used = [(key, column) for key, column in known.items() if key in given or key in missing]
    columns = ", ".join(f'"{column.name}"' for _, column in used)
    lines = (_line({**missing, **row}, used) for row in rows)
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
            for line in lines:
                copy.write_row(line)
        return
    places = ", ".join("?" * len(used))
    statement = f'INSERT INTO "{table.name}" ({columns}) VALUES ({places})'  # noqa: S608 - names of our own tables
    connection.exec_driver_sql(statement, list(lines))


def _line(row: Mapping[str, Any], used: Sequence[tuple[str, "_Column"]]) -> tuple[Any, ...]:
    return tuple(row[key] if column.bind is None else column.bind(row[key]) for key, column in used)


def next_id(model: type[Base]) -> int:
    """The first id that no row of a table has."""
    return (db.session.scalar(sa.select(sa.func.max(table_of(model).c.id))) or 0) + 1


def ids_were_given(*models: type[Base]) -> None:
    """Have the database go on counting after ids that were written by hand."""
    if db.engine.dialect.name != "postgresql":
        return
    for model in models:
        name = model.__tablename__
        db.session.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {next_id(model)}, false)"))


@contextmanager
def text_index_afterwards(many: int) -> Iterator[None]:
    """Index the texts of many rows at the end and all at once, which is ten times faster than row by row.

    Whoever kills the process meanwhile has a demo shop whose search finds nobody.
    """
    if many < MANY:
        yield
        return
    sqlite = db.engine.dialect.name == "sqlite"
    with transaction():
        again = _stop_sqlite() if sqlite else _stop_postgresql()
    try:
        yield
    finally:
        with transaction():
            for statement in again:
                db.session.execute(sa.text(statement))


def _stop_sqlite() -> list[str]:
    fts = f"{TEXT.table.name}_fts"
    trigger = f"{fts}_insert"
    made = sa.text("SELECT sql FROM sqlite_master WHERE name = :name")
    again = db.session.execute(made, {"name": trigger}).scalar_one()
    db.session.execute(sa.text(f"DROP TRIGGER {trigger}"))
    db.session.execute(sa.text(f"PRAGMA cache_size = -{CACHE_KIB}"))
    return [again, f"INSERT INTO {fts} ({fts}) VALUES ('rebuild')"]  # noqa: S608 - the name of our own table


def _stop_postgresql() -> list[str]:
    db.session.execute(sa.text(f"DROP INDEX {TEXT_INDEX}"))
    made = f"CREATE INDEX {TEXT_INDEX} ON {TEXT.table.name} USING gin ({TEXT.column} gin_trgm_ops)"
    return ["SET LOCAL maintenance_work_mem = '256MB'", made]


def finish(many: int) -> None:
    """Tell the planner what came, as the database itself does sooner or later."""
    if many < MANY:
        return
    with transaction():
        db.session.execute(sa.text("ANALYZE"))


@dataclass(frozen=True)
class _Column:
    """How values of a column are written, and what stands there by default."""

    name: str
    bind: Callable[[Any], Any] | None
    default: Callable[[], Any] | None

    @classmethod
    def of(cls, column: sa.Column[Any]) -> "_Column":
        dialect = db.engine.dialect
        bind = column.type.dialect_impl(dialect).bind_processor(dialect)
        return cls(column.name, bind, _default(column))


def _columns(model: type[Base]) -> dict[str, _Column]:
    """The columns of a model by the names of their attributes."""
    return {
        attribute.key: _Column.of(attribute.columns[0])
        for attribute in sa.inspect(model).column_attrs
        if isinstance(attribute.columns[0], sa.Column)
    }


def _default(column: sa.Column[Any]) -> Callable[[], Any] | None:
    default: Any = column.default
    if default is None:
        return None
    return (lambda: default.arg(None)) if default.is_callable else (lambda: default.arg)
