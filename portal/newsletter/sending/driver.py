"""A plain connection of the driver, for one thread that runs a few statements very often."""

import re
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

# Plans are made once: every statement goes by a primary key, also while the tables are too new to have statistics.
# A commit that was answered stays, whatever the server's own habit is: what a mail was begun by must not be forgotten.
_POSTGRESQL = (
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET synchronous_commit = on; "
    "SET default_transaction_read_only = off"
)

PREPARED = 5  # executions after which a statement's plan is kept, as psycopg has it by itself

# SQLite has one writer at a time. Threads of this process queue here: at the file they would look again and again, and
# sleep in between.
_TURN = threading.RLock()


class Driver:
    """Statements with `:name` values on both databases; one outside of `transaction` commits by itself."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._connection: Any = None
        self._cursor: Any = None
        self._turn: AbstractContextManager[object] = _TURN if self.is_sqlite else nullcontext()
        self._sql: dict[str, str] = {}
        driver: Any = engine.dialect.loaded_dbapi
        # InternalError: the server became a standby, which takes no writes.
        self.troubles: tuple[type[Exception], ...] = tuple(
            getattr(driver, name) for name in ("OperationalError", "InterfaceError", "InternalError")
        )

    def connect(self) -> None:
        """Open a connection, or another one when the first was lost."""
        self.close()
        raw = self._engine.raw_connection()
        self._connection = raw.driver_connection
        raw.detach()  # it is never given back to the pool: it is set up in another way
        if self.is_sqlite:
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute("PRAGMA cache_size=-1000")  # kB: it goes through long tables row by row
        else:
            self._connection.rollback()
            self._connection.autocommit = True
            self._connection.execute(_POSTGRESQL)
            self._connection.prepare_threshold = PREPARED
            self._cursor = self._connection.cursor()  # one for all: to make one is a tenth of a statement

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = self._cursor = None

    @property
    def _live(self) -> Any:
        if self._connection is None:  # opening another one failed: that is the same trouble
            raise self.troubles[0]("There is no connection.")
        return self._connection

    @contextmanager
    def transaction(self, *, lasts: bool = False) -> Iterator[None]:
        """Commit at the end, or roll back; what `lasts`, and all before it, outlives a power cut on SQLite, too."""
        connection = self._live
        with self._turn, self._synced() if lasts and self.is_sqlite else nullcontext():
            connection.execute("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
            try:
                yield
                connection.commit()
            except BaseException:
                if not getattr(connection, "closed", False):
                    connection.rollback()
                raise

    @contextmanager
    def _synced(self) -> Iterator[None]:
        connection = self._live
        connection.execute("PRAGMA synchronous=FULL")
        try:
            yield
        finally:
            connection.execute("PRAGMA synchronous=NORMAL")

    def run(self, statement: str, **values: object) -> Any:
        """Run a statement and return the driver's cursor."""
        if self.is_sqlite:
            told = {name: _written(one) if isinstance(one, datetime) else one for name, one in values.items()}
            with self._turn:
                return self._live.execute(statement, told)
        sql = self._sql.get(statement)
        if sql is None:
            sql = self._sql[statement] = re.sub(r"(?<!:):(\w+)", r"%(\1)s", statement)
        live = self._live
        return (self._cursor or live).execute(sql, values)

    def one(self, statement: str, **values: object) -> Any:
        """The first row, or None."""
        rows = self.all(statement, **values)
        return rows[0] if rows else None

    def all(self, statement: str, **values: object) -> list[Any]:
        """All rows; a statement that changes something has then run to its end."""
        with self._turn:  # until the last row is read, SQLite holds its lock
            return list(self.run(statement, **values).fetchall())


def read_moment(value: object) -> datetime | None:
    """A moment as it came from the database."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value if isinstance(value, datetime) else None


def _written(moment: datetime) -> str:
    """As SQLAlchemy writes moments on SQLite."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
