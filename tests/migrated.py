"""A database as the migrations leave it: made once for each run, copied wherever a test wants one more."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from flask_migrate import upgrade

from portal.foundation.database import db

SHELF = "PORTAL_TEST_SHELF"  # the folder that all workers of a run share; without one, each database is migrated
TEMPLATE = "migrated"  # its name among the databases of the cluster


def migrate() -> None:
    """Bring the empty database of the current application to where the migrations lead; nobody is connected then."""
    shelf = os.environ.get(SHELF)
    if shelf is None:
        upgrade()
        _let_go()
        return
    with Path(shelf, f"{db.engine.dialect.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if db.engine.dialect.name == "sqlite":
            _by_file(Path(shelf, "migrated.db"))
        else:
            _by_template()


@contextmanager
def server(address: sa.URL) -> Iterator[sa.Connection]:
    """A connection to a PostgreSQL server itself, for what concerns whole databases."""
    engine = sa.create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _by_file(kept: Path) -> None:
    own = str(db.engine.url.database)
    if kept.exists():
        _let_go()
        shutil.copy(kept, own)
        return
    upgrade()
    _let_go()
    shutil.copy(own, kept)


def _by_template() -> None:
    address = db.engine.url
    with server(address) as connection:
        known = sa.text("SELECT count(*) FROM pg_database WHERE datname = :name")
        if connection.scalar(known, {"name": TEMPLATE}):
            _let_go()
            connection.exec_driver_sql(f"DROP DATABASE {address.database}")
            connection.exec_driver_sql(f"CREATE DATABASE {address.database} TEMPLATE {TEMPLATE} STRATEGY file_copy")
            return
        upgrade()
        _let_go()
        connection.exec_driver_sql(f"CREATE DATABASE {TEMPLATE} TEMPLATE {address.database} STRATEGY file_copy")


def _let_go() -> None:
    db.session.remove()
    db.engine.dispose()
