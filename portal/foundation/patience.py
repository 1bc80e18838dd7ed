"""A question to the database that is given up when it takes too long: for figures that may as well be guessed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from portal.foundation import engines
from portal.foundation.database import db

STEPS = 10_000  # of SQLite's machine between two looks at the clock: some tenths of a millisecond
CANCELLED = "57014"  # PostgreSQL's word for it


class TooSlow(Exception):
    """The database was told to give up."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Have the database give up what is asked in this block; the transaction goes on afterwards.

    Raises:
        TooSlow: the answer was not there in time.
    """
    if db.engine.dialect.name == "sqlite":
        with _watched(seconds):
            yield
    else:
        with _limited(seconds):
            yield


@contextmanager
def _watched(seconds: float) -> Iterator[None]:
    driver: Any = db.session.connection().connection.driver_connection
    until = time.monotonic() + seconds
    driver.set_progress_handler(lambda: time.monotonic() > until, STEPS)
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
            raise TooSlow from error
        raise
    finally:
        driver.set_progress_handler(None, 0)


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    words = f"SET LOCAL statement_timeout = {round(seconds * 1000):d}"
    try:
        if db.session().info.get("reading") is engines.looking:
            with _transaction():
                db.session.execute(sa.text(words))
                yield
            return
        with db.session.begin_nested():  # what was given up ends no more than this
            db.session.execute(sa.text(words))
            yield
            db.session.execute(sa.text("SET LOCAL statement_timeout = DEFAULT"))
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") == CANCELLED:
            raise TooSlow from error
        raise


@contextmanager
def _transaction() -> Iterator[None]:
    """A transaction around some statements of a page, which has none otherwise; it only reads."""
    connection = db.session.connection()
    connection.exec_driver_sql("BEGIN")
    try:
        yield
    finally:
        connection.exec_driver_sql("ROLLBACK")
