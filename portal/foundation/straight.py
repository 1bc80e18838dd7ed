"""Statements of hot paths, made ready once for the database at hand.

SQLAlchemy's way to a statement (its compiled form found anew, the session's events, rows with names) takes several
times as long as the database needs for a row. What is left here is the driver, its errors and the engine's events.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter, methodcaller
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from portal.foundation import database
from portal.foundation.database import db

Statement = sa.Select[Any] | sa.Insert | sa.Update | sa.Delete | sa.TextClause | sa.TextualSelect
Values = Mapping[str, object]
Row = tuple[Any, ...]
Change = Callable[[Any], Any]

_CHANGED, _FOUND = attrgetter("rowcount"), methodcaller("fetchall")


class Straight:
    """A statement about tables, not objects, in the transaction of the session; nothing is flushed before it.

    Its values are given by the names of its parameters, and none of them is a list. Columns of an INSERT that are not
    given get their defaults.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._ready: dict[tuple[str, ...], _Ready] = {}  # by the database and the names of the values

    def run(self, values: Values) -> int:
        """Change rows; returns how many."""
        _ready, changed = self._execute(values, _CHANGED)
        return int(changed)

    def rows(self, values: Values) -> list[Row]:
        """All rows that are found, or were written."""
        ready, found = self._execute(values, _FOUND)
        return [ready.read(row) for row in found]

    def row(self, values: Values) -> Row | None:
        """The first of them."""
        return next(iter(self.rows(values)), None)

    def one(self, values: Values) -> Row:
        """The only one of a statement that always has one."""
        [found] = self.rows(values)
        return found

    def _execute(self, values: Values, take: Change) -> "tuple[_Ready, Any]":
        session = db.session()
        connection: sa.Connection | None = session.info.get("connection")
        # The session looks for it anew each time; it stays the same until the transaction ends.
        if connection is None or not connection.in_transaction():
            connection = session.info["connection"] = session.connection()
        key = (connection.dialect.name, *values)
        ready = self._ready.get(key)
        if ready is None:
            ready = self._ready[key] = _make_ready(self._statement, list(values), connection.dialect)
        if ready.writes:
            database.wrote(session)
        return ready, _sent(connection, ready.text, ready.bound(values), take)


@dataclass(frozen=True)
class _Ready:
    """The words of a statement for one database, and what becomes of values on their way there and back."""

    text: str
    writes: bool
    given: tuple[tuple[str, Change | None], ...]
    made: tuple[tuple[str, Change, Change | None], ...]  # defaults that are made at each call
    constant: dict[str, Any]
    order: tuple[str, ...] | None  # of the values, where they go by their places
    columns: tuple[Change | None, ...]

    def bound(self, values: Values) -> Any:
        """The values as the driver takes them."""
        told = {name: values[name] if change is None else change(values[name]) for name, change in self.given}
        for name, make, change in self.made:
            told[name] = make(None) if change is None else change(make(None))
        told.update(self.constant)
        return told if self.order is None else tuple([told[name] for name in self.order])

    def read(self, found: Any) -> Row:
        """A row as the types of its columns tell it."""
        if not self.columns:
            return tuple(found)
        return tuple(
            [value if change is None else change(value) for change, value in zip(self.columns, found, strict=True)]
        )


def _sent(connection: sa.Connection, text: str, values: Any, take: Change) -> Any:
    """What is taken of a statement's cursor; to make a result of SQLAlchemy of it takes as long as all of this.

    Raises:
        DBAPIError: the database refuses; what becomes of a connection that is lost is SQLAlchemy's own way.
    """
    dialect, cursor = connection.dialect, connection.connection.cursor()
    try:
        for tell in connection.dispatch.before_cursor_execute:
            text, values = tell(connection, cursor, text, values, None, False)
        cursor.execute(text, values)
        connection.dispatch.after_cursor_execute(connection, cursor, text, values, None, False)
        return take(cursor)
    except BaseException as error:
        if not isinstance(error, Exception) or isinstance(error, dialect.loaded_dbapi.Error):
            connection._handle_dbapi_exception(error, text, values, cursor, None)  # noqa: SLF001 - there is no other way
        raise
    finally:
        cursor.close()


def _make_ready(statement: Statement, names: list[str], dialect: Dialect) -> _Ready:
    compiled = _compiled(statement, names, dialect)
    kinds: dict[str, TypeEngine[Any]] = {name: bind.type for bind, name in compiled.bind_names.items()}
    used = tuple(compiled.positiontup or ()) if compiled.positional else tuple(compiled.params)
    defaults = {column.key: column.default for column in compiled.insert_prefetch}
    given: list[tuple[str, Change | None]] = []
    made: list[tuple[str, Change, Change | None]] = []
    constant: dict[str, Any] = {}
    for name in dict.fromkeys(used):
        change = _writer(kinds[name], dialect)
        default: Any = defaults.get(name)
        value = compiled.params[name] if default is None or default.is_callable else default.arg
        if name in names:
            given.append((name, change))
        elif default is not None and default.is_callable:
            made.append((name, default.arg, change))
        elif compiled.binds[name].required:
            raise KeyError(f"{name} is not given.")
        else:
            constant[name] = value if change is None else change(value)
    columns = tuple(_reader(column.type, dialect) for column in getattr(statement, "exported_columns", ()))
    return _Ready(
        compiled.string,
        not isinstance(statement, sa.Select),
        tuple(given),
        tuple(made),
        constant,
        used if compiled.positional else None,
        columns,
    )


def _compiled(statement: Statement, names: list[str], dialect: Dialect) -> SQLCompiler:
    compiled: object = statement.compile(dialect=dialect, column_keys=names)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("Only what reads or writes rows goes straight.")
    return compiled


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Change | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Change | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
