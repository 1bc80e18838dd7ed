"""Statements of hot paths, made ready once for the database at hand.

SQLAlchemy's way to a statement (its compiled form found anew, the session's events, rows with names) takes several
times as long as the database needs for a row. What is left here is the driver, its errors and the engine's events.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, methodcaller
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from portal.foundation import database
from portal.foundation.database import db

Statement = sa.SelectBase | sa.Insert | sa.Update | sa.Delete | sa.TextClause
Values = Mapping[str, object]
Row = Any  # a named tuple; a tuple where the statement is text
Change = Callable[[Any], Any]

_CHANGED, _FOUND = attrgetter("rowcount"), methodcaller("fetchall")


class Straight:
    """A statement about tables, not objects, in the transaction of the session; nothing is flushed before it.

    Its values are given by the names of its parameters, and none of them is a list; lists that stand in it are taken as
    they are. Columns of an INSERT that are not given get their defaults. Rows are named tuples.

    PostgreSQL keeps its plan of it for a connection, since to plan takes longer than to find a row. It `plans_anew`
    where it depends on the values which way to the rows is short, as in a search.
    """

    def __init__(self, statement: Statement, *, plans_anew: bool = False) -> None:
        self._options: dict[str, dict[str, Any]] = {"sqlite": {}, "postgresql": {"prepare": not plans_anew}}
        self._statement: Statement | None = statement
        self._ready: dict[tuple[str, ...], _Ready] = {}  # by the database and the names of the values

    def run(self, values: Values) -> int:
        """Change rows; returns how many."""
        _ready, changed = self._execute(values, _CHANGED)
        return int(changed)

    def rows(self, values: Values) -> list[Row]:
        """All rows that are found, or were written."""
        ready, found = self._execute(values, _FOUND)
        return ready.read(found)

    def row(self, values: Values) -> Row | None:
        """The first of them."""
        return next(iter(self.rows(values)), None)

    def one(self, values: Values) -> Row:
        """The only one of a statement that always has one."""
        [found] = self.rows(values)
        return found

    def settle(self) -> None:
        """Let go of what its words were made of, ten times as much: it takes the values that it took, and no others."""
        self._statement = None

    def _execute(self, values: Values, take: Change) -> "tuple[_Ready, Any]":
        session = db.session()
        connection: sa.Connection | None = session.info.get("connection")
        # The session looks for it anew each time; it stays the same until the transaction ends.
        if connection is None or not connection.in_transaction():
            connection = session.info["connection"] = session.connection()
        key = (connection.dialect.name, *values)
        ready = self._ready.get(key)
        if ready is None:
            statement = self._statement
            made = (
                self._ready.get(key) if statement is None else _make_ready(statement, list(values), connection.dialect)
            )
            if made is None:
                raise KeyError("A statement that is settled takes the values that it took before.")
            ready = self._ready[key] = made
        if ready.writes:
            database.wrote(session)
        return ready, _sent(connection, ready.text, ready.bound(values), self._options[connection.dialect.name], take)


@dataclass(frozen=True)
class _Ready:
    """The words of a statement for one database, and what becomes of values on their way there and back."""

    text: str
    writes: bool
    given: tuple[tuple[str, Change | None], ...]
    made: tuple[tuple[str, Change, Change | None], ...]  # defaults that are made at each call
    constant: dict[str, Any]
    order: tuple[str, ...] | None  # of the values, where they go by their places
    changed: tuple[tuple[int, Change], ...]  # columns whose values do not come as they are
    row: Callable[[Iterable[Any]], Row]

    def bound(self, values: Values) -> Any:
        """The values as the driver takes them."""
        told = {name: values[name] if change is None else change(values[name]) for name, change in self.given}
        for name, make, change in self.made:
            told[name] = make(None) if change is None else change(make(None))
        told.update(self.constant)
        return told if self.order is None else tuple([told[name] for name in self.order])

    def read(self, found: Sequence[Any]) -> list[Row]:
        """Rows as the types of their columns tell them."""
        if not found or not self.changed:
            return [self.row(one) for one in found]
        columns: list[Iterable[Any]] = list(zip(*found, strict=True))
        for place, change in self.changed:
            columns[place] = map(change, columns[place])
        return [self.row(one) for one in zip(*columns, strict=True)]


def _sent(connection: sa.Connection, text: str, values: Any, options: Mapping[str, Any], take: Change) -> Any:
    """What is taken of a statement's cursor; to make a result of SQLAlchemy of it takes as long as all of this.

    Raises:
        DBAPIError: the database refuses; what becomes of a connection that is lost is SQLAlchemy's own way.
    """
    dialect, cursor = connection.dialect, connection.connection.cursor()
    try:
        for tell in connection.dispatch.before_cursor_execute:
            text, values = tell(connection, cursor, text, values, None, False)
        cursor.execute(text, values, **options)
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
    text, used, told, kinds = _words(compiled)
    defaults = {column.key: column.default for column in compiled.insert_prefetch}
    given: list[tuple[str, Change | None]] = []
    made: list[tuple[str, Change, Change | None]] = []
    constant: dict[str, Any] = {}
    for name in dict.fromkeys(used):
        change = _writer(kinds[name], dialect)
        default: Any = defaults.get(name)
        value = told[name] if default is None or default.is_callable else default.arg
        if name in names:
            given.append((name, change))
        elif default is not None and default.is_callable:
            made.append((name, default.arg, change))
        elif name in compiled.binds and compiled.binds[name].required:
            raise KeyError(f"{name} is not given.")
        else:
            constant[name] = value if change is None else change(value)
    columns = list(getattr(statement, "exported_columns", ()))
    readers = [_reader(column.type, dialect) for column in columns]
    return _Ready(
        text,
        not isinstance(statement, sa.SelectBase),
        tuple(given),
        tuple(made),
        constant,
        used if compiled.positional else None,
        tuple((place, change) for place, change in enumerate(readers) if change is not None),
        _kind_of_row([str(column.key) for column in columns])._make if columns else tuple,
    )


def _words(compiled: SQLCompiler) -> tuple[str, tuple[str, ...], Mapping[str, Any], dict[str, TypeEngine[Any]]]:
    """Text and parameters of a statement, the values that stand in it, and the types of both; of lists one for each."""
    kinds = {name: bind.type for bind, name in compiled.bind_names.items()}
    if not compiled.post_compile_params:
        used = compiled.positiontup if compiled.positional else compiled.params
        return compiled.string, tuple(used or ()), compiled.params, kinds
    told = compiled.construct_expanded_state({name: None for name, bind in compiled.binds.items() if bind.required})
    for name, parts in told.parameter_expansion.items():
        kinds |= dict.fromkeys(parts, kinds[name])
    used = told.positiontup if compiled.positional else told.parameters
    return told.statement, tuple(used or ()), told.parameters, kinds


def _kind_of_row(names: list[str]) -> Any:
    return namedtuple("_Row", names, rename=True)  # noqa: PYI024 - the names are known only now


def _compiled(statement: Statement, names: list[str], dialect: Dialect) -> SQLCompiler:
    compiled: object = statement.compile(dialect=dialect, column_keys=names)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("Only what reads or writes rows goes straight.")
    return compiled


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Change | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Change | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
