"""The session, the base of all tables, and the edges of a transaction."""

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask import Flask, g
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import DateTime, Dialect, Enum, MetaData, TypeDecorator, event, orm
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState

from portal.config import Settings
from portal.foundation import engines

log = logging.getLogger(__name__)
Note = Callable[[], object]
Kind = Callable[[sa.Engine], sa.Engine]  # of transactions, see `engines`
WHERE = "where"  # in the info of an index, which rows it holds
LARGEST_ID = 2**31 - 1  # what an integer column holds on PostgreSQL


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: naive ones are refused, UTC is stored, aware ones come back on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError("A moment needs its time zone.")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


# Named constraints, so that migrations can find and change them.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every table."""

    # Flask-SQLAlchemy 3.1 builds a second class from this one, for which SQLAlchemy refuses a type_annotation_map.
    registry = orm.registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UtcDateTime,
            StrEnum: Enum(
                StrEnum,
                native_enum=False,
                length=32,
                create_constraint=True,
                values_callable=lambda kind: [member.value for member in kind],
            ),
        },
    )


def table_of(model: type[Base]) -> sa.Table:
    """The table of a model, for statements of hot paths that need no objects: a quarter of the work."""
    return Base.metadata.tables[model.__tablename__]


def partial_index(name: str, *columns: str, where: sa.TextClause, unique: bool = False) -> sa.Index:
    """An index over some rows alone, told apart by words that both databases read.

    SQLAlchemy's own way is an option for each dialect and loads them all: five megabytes of every worker. Migrations
    write those options out (see migrations/env.py).
    """
    return sa.Index(name, *columns, unique=unique, info={WHERE: where})


def written_out(column: Any, values: Collection[Any]) -> sa.ColumnElement[bool]:
    """Condition that a column has one of these values, which stand in the words of the statement.

    SQLite takes an index over some rows alone for the very same words, and for no parameters.
    """
    told: sa.BindParameter[Any] = sa.bindparam(None, list(values), expanding=True, literal_execute=True)
    return column.in_(told)  # type: ignore[no-any-return]  # a condition


def insert_of(table: type[Base] | sa.Table) -> Any:
    """An INSERT that may say what is done ON CONFLICT; the database at hand is the only one whose dialect is loaded."""
    if db.engine.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415

        return insert(table)
    from sqlalchemy.dialects.sqlite import insert as sqlite_insert  # noqa: PLC0415

    return sqlite_insert(table)


class Session(FlaskSession):
    """A session that reads on a reading transaction, or sees one state of things, while it is told to (see below)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.info["reading"] = g.pop("only_reads", None)

    def get_bind(self, *args: Any, **kwargs: Any) -> sa.Engine | sa.Connection:
        bind = super().get_bind(*args, **kwargs)
        kind: Kind | None = self.info.get("reading") or self.info.get("still")
        return kind(bind) if kind is not None and isinstance(bind, sa.Engine) else bind


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "class_": Session})


def init_app(app: Flask, settings: Settings) -> None:
    """Bind the application to its database."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engines.options(settings)
    db.init_app(app)
    with app.app_context():
        engines.listen(db.engine)


@event.listens_for(orm.Session, "before_flush")
def _note_flush(session: orm.Session, *_: object) -> None:
    if session.new or session.deleted or any(session.is_modified(row) for row in session.dirty):
        wrote(session)


@event.listens_for(orm.Session, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        wrote(state.session)


@event.listens_for(orm.Session, "after_transaction_end")
def _forget(session: orm.Session, transaction: orm.SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("wrote", None)
        session.info.pop("connection", None)  # see `straight`


def wrote(session: orm.Session) -> None:
    """Note that the transaction at hand is more than a look, as every write does."""
    if session.info.get("reading"):
        raise RuntimeError("A reading transaction never writes: use note(), or write after it.")
    session.info["wrote"] = True


def release() -> None:
    """End a transaction that has only read, before something slow such as a hash."""
    session = db.session() if db.session.registry.has() else None
    if session is None or not session.in_transaction():
        return
    if session.info.get("wrote") or session.new or session.deleted or any(map(session.is_modified, session.dirty)):
        raise RuntimeError("release() after a change: read, hash, then write.")
    session.commit()


def read_only() -> None:
    """Only read from now to the end of this request: what every GET does.

    Its statements share a transaction on SQLite alone: what needs one on PostgreSQL, too, begins it.
    """
    release()
    if db.session.registry.has():
        db.session().info["reading"] = engines.looking
    else:  # the pages of strangers need no session, and to open one is a tenth of their work
        g.only_reads = engines.looking


@contextmanager
def reading(kind: Kind = engines.looking) -> Iterator[None]:
    """The reading half of a flow that hashes: holds no write lock, and is over at the end.

    Args:
        kind: `engines.reading` where PostgreSQL, too, needs one transaction for all, as rows that are streamed do.
    """
    session = db.session()
    release()
    before = session.info.get("reading")
    session.info["reading"] = kind
    try:
        yield
        release()
    finally:
        session.info["reading"] = before


@contextmanager
def still() -> Iterator[None]:
    """Have the transactions within see one state of things from their first statement to their last.

    Whatever they change that somebody else changed meanwhile makes them fail: they are tried again later.
    """
    session = db.session()
    release()
    session.info["still"] = engines.still
    try:
        yield
    finally:
        session.info["still"] = None


def widen() -> None:
    """Let this transaction keep more pages of SQLite in mind, and write them to the database less often.

    A row of a table with twenty indexes changes pages all over the file: with the usual two megabytes they are read
    and written again for each batch, a quarter of the work. For jobs of the worker that write thousands of rows.
    """
    if db.engine.dialect.name == "sqlite":
        engines.widen(db.session.connection())


def after_commit(call: Callable[[], object]) -> None:
    """Have something done once the work is safely stored, such as waking a worker."""
    db.session().info.setdefault("after_commit", []).append(call)


def note(write: Note) -> None:
    """Write something small after a request that otherwise only reads, in a transaction of its own."""
    db.session().info.setdefault("notes", []).append(write)


def note_if_possible(write: Note) -> None:
    """The same for what nobody misses: where it can't be written, the request is answered all the same."""

    def tried() -> None:
        db.session.commit()  # what was noted before stays
        try:
            write()
            db.session.commit()
        except SQLAlchemyError:
            log.warning("Something was not noted: the database could not be written.", exc_info=True)
            db.session.rollback()

    note(tried)


def commit() -> None:
    """Store the work, then do what waited for that."""
    if not db.session.registry.has():
        return
    session = db.session()
    calls = session.info.pop("after_commit", [])
    notes: list[Note] = session.info.pop("notes", [])
    if session.in_transaction():
        session.commit()
    if notes:
        session.info["reading"] = None
        for write in notes:
            write()
        session.commit()
    for call in calls:
        call()


def rollback() -> None:
    """Forget everything since the last commit."""
    for waiting in ("after_commit", "notes"):
        db.session().info.pop(waiting, None)
    db.session.rollback()


@contextmanager
def transaction() -> Iterator[None]:
    """Commit at the end, or roll back if anything was raised; for tasks and commands."""
    try:
        yield
        commit()
    except BaseException:
        rollback()
        raise


def forget_deleted() -> None:
    """Have what was deleted leave the files, too: SQLite keeps it in its log until that is begun anew."""
    if db.engine.dialect.name != "sqlite":
        return
    with db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA busy_timeout=500")  # nobody who reads meanwhile is waited for: the worker repeats it
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        driver.execute(f"PRAGMA {engines.BUSY_TIMEOUT}")
