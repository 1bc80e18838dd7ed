"""Rows by the hundred thousand: COPY on PostgreSQL, plain parameters on SQLite, and no object for any of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.customers.queries import TEXT
from portal.foundation import planning
from portal.foundation.database import Base, db, table_of, transaction

Rows = Sequence[Mapping[str, Any]]
CACHE_KIB = 256 * 1024  # of SQLite while it loads
SQLITE_INDEXES = "SELECT name, sql FROM sqlite_master WHERE tbl_name IN :tables AND sql LIKE 'CREATE INDEX %'"
POSTGRESQL_INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN :tables"
    " AND schemaname = current_schema() AND indexdef LIKE 'CREATE INDEX %'"
)
MANY = 50_000  # rows from which on it pays to make the indexes anew


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
def indexes_afterwards(many: int, tables: Sequence[sa.FromClause]) -> Iterator[None]:
    """Index many rows at the end and all at once, which takes a third of the time; what is unique stays so meanwhile.

    Whoever kills the process meanwhile has a demo shop whose search finds nobody, and whose lists are slow.
    """
    if many < MANY:
        yield
        return
    sqlite = db.engine.dialect.name == "sqlite"
    names = [str(table) for table in tables]
    with transaction():
        again = _stop_sqlite(names) if sqlite else _dropped(POSTGRESQL_INDEXES, names)
    try:
        yield
    finally:
        for statement in again:
            with transaction():
                if not sqlite:
                    db.session.execute(sa.text("SET LOCAL maintenance_work_mem = '256MB'"))
                # Said as it stands: a condition of an index may have a % in it.
                db.session.connection().exec_driver_sql(statement, execution_options={"no_parameters": True})


def _stop_sqlite(tables: Sequence[str]) -> list[str]:
    fts = f"{TEXT.table.name}_fts"
    trigger = f"{fts}_insert"
    made = sa.text("SELECT sql FROM sqlite_master WHERE name = :name")
    again = db.session.execute(made, {"name": trigger}).scalar_one()
    db.session.execute(sa.text(f"DROP TRIGGER {trigger}"))
    db.session.execute(sa.text(f"PRAGMA cache_size = -{CACHE_KIB}"))
    dropped = _dropped(SQLITE_INDEXES, tables)
    return [*dropped, again, f"INSERT INTO {fts} ({fts}) VALUES ('rebuild')"]  # noqa: S608 - the name of our own table


def _dropped(plain: str, tables: Sequence[str]) -> list[str]:
    """Drop the indexes of tables that make nothing unique, and tell by which statements they come again."""
    asked = sa.text(plain).bindparams(sa.bindparam("tables", expanding=True))
    found = db.session.execute(asked, {"tables": tables}).tuples().all()
    for name, _made in found:
        db.session.execute(sa.text(f'DROP INDEX "{name}"'))
    return [made for _name, made in found]


def finish(many: int) -> None:
    """Tell the planner what came, as the database itself does sooner or later."""
    if many < MANY:
        return
    if db.engine.dialect.name == "sqlite":
        planning.learn()
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
