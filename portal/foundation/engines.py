"""How each database is opened: SQLite so that nobody finds it locked, PostgreSQL so that searches keep their plan."""

import itertools
import select
import sqlite3
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError

from portal.config import Settings
from portal.foundation import trimming

MIGRATIONS = Path(__file__).parents[2] / "migrations"

# Options of a connection whose transaction only reads: SQLite begins without its write lock, PostgreSQL refuses writes.
READING: dict[str, Any] = {"portal_reading": True, "postgresql_readonly": True}
# The same for what needs no transaction on PostgreSQL: a statement sees what is stored when it begins, as it would in
# one, and to begin and to end one are two more ways to the server and back. `default_transaction_read_only` refuses.
LOOKING: dict[str, Any] = {"portal_reading": True, "isolation_level": "AUTOCOMMIT"}

# Option of a connection: milliseconds that this transaction waits for a lock (on SQLite that of its only writer).
PATIENCE = "portal_patience"
TO_CONNECT = 5  # seconds for a connection to PostgreSQL
UNHEARD = 15_000  # milliseconds after which a server that acknowledges nothing is gone
BUSY = 15_000  # milliseconds that nobody waits longer for a lock of SQLite
BUSY_TIMEOUT = f"busy_timeout={BUSY}"
LOOK, LATER = 0.001, 0.005  # seconds between two looks at the write lock: the first ones, and those after
LOOKS = 40
KEPT = 8  # connections that stay open when nobody uses them; each takes half a megabyte of the process on SQLite
QUIET = 30.0  # seconds after which a connection that nobody used is asked whether it is still there
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    BUSY_TIMEOUT,
    "foreign_keys=ON",
    "journal_size_limit=67108864",
    "secure_delete=ON",  # what is deleted is overwritten: erasing somebody would else leave them in the file
)
# To compile a plan (jit) was a third of what the slowest of our statements took, and none was faster for it. Whoever
# writes says so.
POSTGRESQL = ("jit=off", "timezone=UTC", "default_transaction_read_only=on")
# psycopg prepares after five executions, and the plan for any values forgets the trigram index: a plan is kept only for
# statements that ask for it (`Straight`).
NEVER = sys.maxsize
SQLITE_WIDE = ("cache_size=-12000", "wal_autocheckpoint=8000")  # KiB, and pages: of a transaction that writes very much
SQLITE_AGAIN = ("cache_size=-2000", "wal_autocheckpoint=1000")  # as SQLite has them by itself
_WIDE = "portal.wide"


def options(settings: Settings) -> dict[str, Any]:
    """Engine options: a pool in which every thread finds a connection, and that keeps those of a few."""
    pool: dict[str, Any] = {
        "pool_size": KEPT,
        "max_overflow": settings.request_threads + 8 - KEPT,
        "pool_use_lifo": True,  # the ones in use stay few and warm; each keeps pages and statements of its own
        "hide_parameters": True,  # they are people's names, addresses and hashes, and errors go to the log
    }
    if settings.database.startswith("sqlite"):
        return pool
    options = " ".join(f"-c {setting}" for setting in POSTGRESQL)
    return pool | {
        "connect_args": {
            "options": options,
            "connect_timeout": TO_CONNECT,
            "tcp_user_timeout": UNHEARD,
            "prepare_threshold": NEVER,
        },
    }


@cache
def reading(engine: sa.Engine) -> sa.Engine:
    """The same engine for transactions that only read; one for each, since a session knows its connection by it."""
    return engine.execution_options(**READING)


@cache
def looking(engine: sa.Engine) -> sa.Engine:
    """The same engine for statements that only read and need not share a transaction: most of those of a page."""
    return engine.execution_options(**(LOOKING if engine.name == "postgresql" else READING))


@cache
def still(engine: sa.Engine) -> sa.Engine:
    """The same engine for transactions whose statements all see what the first one saw, which they always do on SQLite.

    A row that somebody else changed meanwhile can't be changed: the transaction fails, and is tried again as a whole.
    """
    return engine.execution_options(isolation_level="REPEATABLE READ") if engine.name == "postgresql" else engine


def listen(engine: sa.Engine) -> None:
    """Set up every new connection of an engine; on PostgreSQL leave those alone whose server hung up.

    Transactions that have little patience say so as they begin.
    """
    event.listen(engine, "close", lambda *_: trimming.trim())  # a crowd goes, and leaves megabytes behind
    event.listen(engine, "checkin", lambda *_: trimming.trim_if_due())
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
        event.listen(engine, "checkin", _sqlite_checkin)
    else:
        event.listen(engine, "connect", _postgresql_connect)
        event.listen(engine, "checkout", _postgresql_checkout)
        event.listen(engine, "begin", _postgresql_begin)


def _postgresql_connect(connection: Any, _: object) -> None:
    connection.read_only = False  # its transactions begin as writing ones, whatever the default is


def _postgresql_checkout(connection: Any, record: Any, _: object) -> None:
    """Ask a connection whether it is still there, when it was not used for a while or its server has said something.

    A server that ends says so, and is then read of; to ask each time is a way there and back for every page.

    Raises:
        InvalidatePoolError: it is not; the pool opens others.
    """
    moment, used = time.monotonic(), record.info.get("used")
    record.info["used"] = moment
    if used is None:  # just opened
        return
    try:
        said = select.poll()
        said.register(connection.fileno(), select.POLLIN)
        if said.poll(0) or moment - used > QUIET:
            connection.execute("SELECT")
            connection.rollback()
    except (OSError, connection.Error) as error:
        raise InvalidatePoolError("The server hung up.") from error


def _postgresql_begin(connection: sa.Connection) -> None:
    patience = connection.get_execution_options().get(PATIENCE)
    if patience is not None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {patience:d}")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {2 * patience:d}")


def _sqlite_connect(connection: Any, _: object) -> None:
    # The driver's own transactions are off: it would begin deferred ones, which fail with SQLITE_BUSY_SNAPSHOT.
    connection.isolation_level = None
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def widen(connection: sa.Connection) -> None:
    """Let a connection of SQLite hold more until it goes back to the pool: each that stayed so would keep it all."""
    pooled: Any = connection.connection
    pooled.info[_WIDE] = True
    for pragma in SQLITE_WIDE:
        pooled.driver_connection.execute(f"PRAGMA {pragma}")


def _sqlite_checkin(connection: Any, record: Any) -> None:
    if connection is not None and record.info.pop(_WIDE, False):
        for pragma in SQLITE_AGAIN:
            connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    driver: Any = connection.connection.driver_connection
    if options.get("portal_reading"):
        driver.execute("BEGIN")  # never waits; SQLAlchemy's way there costs ten times as much
        return
    driver.execute("PRAGMA busy_timeout=0")
    try:
        if not _begins_within(driver, options.get(PATIENCE, BUSY) / 1000):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # says why not
    finally:
        driver.execute(f"PRAGMA {BUSY_TIMEOUT}")


def _begins_within(driver: Any, patience: float) -> bool:
    """Whether the write lock came within so many seconds of frequent looks.

    SQLite itself looks again after 1, 2, 5 … and up to 100 ms: where others write thousands of short transactions a
    second, or an import leaves the lock alone for 20 ms after each 80, it nearly always looks while one is at work.
    Whoever waited so was in the end refused, though the lock had come free a hundred times.
    """
    until = time.monotonic() + patience
    for look in itertools.count(1):
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        else:
            return True
        if look > LOOKS and time.monotonic() > until:
            break
        time.sleep(LOOK if look <= LOOKS else LATER)
    return False
