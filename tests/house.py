"""House: the application on one database, and the quick way back to what the migrations leave."""

import shutil
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event

from portal import create_app
from portal.config import Settings
from portal.foundation import lately, migrations
from portal.foundation.database import db
from tests import migrated
from tests.browsing import Client


def fresh_database(server: str) -> str:
    """Make an empty database on a server, and give its address."""
    address = sa.make_url(server)
    name = f"portal_{uuid.uuid4().hex[:12]}"
    with migrated.server(address) as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return address.set(database=name).render_as_string(hide_password=False)


class House:
    """An application and the way back to a fresh database."""

    def __init__(self, folder: Path, url: str, shelf: Path) -> None:
        self.app = create_app(
            Settings(
                env="testing",
                instance=folder,
                database_url=url,
                bcrypt_cost=4,
                base_url="http://localhost",
                ratelimit="",  # tests send more than any network; those of the limit have a portal of their own
                secret_keys=("the only key of the tests, long enough for anyone",),
            )
        )
        self.app.testing = True
        self.app.test_client_class = Client
        compiled = shelf / "templates"
        compiled.mkdir(exist_ok=True)
        self.app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
        migrations.open_to(self.app)
        self._kept = folder / "kept.db"
        self._anchors = folder / "audit-anchors"
        self._filled_by: Callable[[], None] | None = None
        with self.app.app_context():
            wait_for_no_disk(db.engine)
            migrated.migrate()
            self._cleaner = _cleaner(url) if url else None
            self._keep()

    def close(self) -> None:
        """Let go of the database."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        if self._cleaner is not None:
            self._cleaner.close()
            self._cleaner.engine.dispose()

    def clear(self) -> None:
        """Back to what the migrations leave."""
        self._filled_by = None
        with self.app.app_context():
            db.session.remove()
            lately.forget()
            for anchors in self._anchors.parent.glob("*-anchors"):
                anchors.unlink()
            for kept in ("files", "mail"):
                shutil.rmtree(self._anchors.with_name(kept), ignore_errors=True)
            if self._cleaner is None:
                db.engine.dispose()
                path = Path(str(db.engine.url.database))
                for side in ("-wal", "-shm"):
                    path.with_name(path.name + side).unlink(missing_ok=True)
                shutil.copy(self._kept, path)
                return
            self._cleaner.exec_driver_sql("SELECT tests.clear()")

    def fill(self, stage: Callable[[], None]) -> None:
        """Have `stage` fill the empty database, unless it is as that left it: for tests that read and never store."""
        lately.forget()
        if self._filled_by is not stage:
            self.clear()
            stage()
            db.session.commit()
            self._filled_by = stage

    def _keep(self) -> None:
        """Keep what the migrations left, for `clear`."""
        if self._cleaner is None:
            db.engine.dispose()
            shutil.copy(str(db.engine.url.database), self._kept)
            return
        tables = db.metadata.sorted_tables
        with db.engine.begin() as connection:
            filled = [table for table in tables if connection.execute(sa.select(table).limit(1)).first() is not None]
            connection.exec_driver_sql("CREATE SCHEMA tests")
            for table in filled:
                connection.exec_driver_sql(f'CREATE TABLE tests."{table.name}" AS TABLE "{table.name}"')
            connection.exec_driver_sql(_clearing(tables, filled))


def wait_for_no_disk(engine: sa.Engine) -> None:
    """Have SQLite wait for no disk, as the PostgreSQL of the tests does not: nothing here outlives the machine."""

    def hurry(connection: Any, _: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", hurry)


def _cleaner(url: str) -> sa.Connection:
    """A connection that stays: it is a replica, which append-only tables let delete, and it keeps its plans.

    To become one takes the plans away, and to make them for every table each time is most of the work.
    """
    options = "-c session_replication_role=replica -c plan_cache_mode=force_generic_plan"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"options": options})
    return engine.connect()


def _clearing(tables: Iterable[sa.Table], filled: Iterable[sa.Table]) -> str:
    """A function of PostgreSQL that empties all tables and brings back the first rows."""
    steps = [f'DELETE FROM "{table.name}";' for table in tables]
    for table in filled:
        names = ", ".join(f'"{column.name}"' for column in table.columns if column.computed is None)
        steps.append(f'INSERT INTO "{table.name}" ({names}) SELECT {names} FROM tests."{table.name}";')
    body = "\n".join(steps)
    return f"CREATE FUNCTION tests.clear() RETURNS void LANGUAGE plpgsql AS $body$ BEGIN {body} END $body$"
