"""Shops to measure: the demo shop of one size on one database, loaded once for a run, opened as `make run` opens it."""

import logging
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from bench import processes
from bench.visitors import Broken
from portal import config, create_app
from tests import postgres
from tests.journeys.shop import Shop

DATABASES = ("sqlite", "postgresql")
COST = "12"  # of hashes, as the portal has it by default
READY = "BENCH_SHOPS"  # in the environment, a folder of shops that are loaded already: see README.md
QUIET_WITHIN = 120  # seconds
CAUGHT_UP_WITHIN = 900  # seconds
LOOK = 6.0  # seconds in which the worker gets round to all that it does but the sweeps of each minute
IDLE = 0.1  # of a processor
_kept = ExitStack()
_chosen = list(DATABASES)
_used: list[str] = []  # addresses of databases on PostgreSQL


@dataclass
class Portal:
    """A shop that is open, and the same shop inside this process for what no page tells."""

    shop: Shop
    database: str
    app: Flask
    notes: str = field(default="")

    @property
    def port(self) -> int:
        return self.shop.port

    @property
    def password(self) -> str:
        """Of everybody in the demo shop."""
        return self.shop.demo_password

    def web(self) -> list[int]:
        """The processes of the web server."""
        return processes.named(self.root, "gunicorn")

    def worker(self) -> list[int]:
        """The process that sends mails."""
        return processes.named(self.root, "wsgi worker")

    def rows(self, statement: str, **values: object) -> list[sa.Row[tuple[object, ...]]]:
        """What the database answers, on a connection that is kept: to open one costs more than most questions."""
        with self._watching.connect() as connection:
            return list(connection.execute(sa.text(statement), values))

    @cached_property
    def _watching(self) -> sa.Engine:
        return sa.create_engine(self.app.extensions["portal.settings"].database)

    def close(self) -> None:
        """Close it."""
        self._watching.dispose()
        self.shop.close()

    def wait_until_quiet(self) -> None:
        """Come back when no mail waits, so that one round does not pay for another.

        Raises:
            Broken: mails wait for minutes.
        """
        until = time.monotonic() + QUIET_WITHIN
        while self.rows("SELECT 1 FROM outbox_message WHERE state IN ('queued', 'sending') LIMIT 1"):
            if time.monotonic() > until:
                raise Broken("The worker did not get through its mails.")
            time.sleep(0.2)

    def wait_until_idle(self) -> None:
        """Come back when the worker has hardly anything left to do.

        A shop just loaded, or opened after months, gives it minutes of work: counts, attributions, what is kept no
        longer, lines that are not sealed.

        Raises:
            Broken: it does not catch up.
        """
        until = time.monotonic() + CAUGHT_UP_WITHIN
        used = -1.0
        while used < 0 or used > LOOK * IDLE:
            if time.monotonic() > until:
                raise Broken("The worker did not catch up.")
            worker = self.worker()
            before = processes.used(worker).all
            time.sleep(LOOK)
            used = processes.used(worker).all - before if worker else -1.0

    @property
    def root(self) -> int:
        """The process that `flask serve` is."""
        process = self.shop._process  # noqa: SLF001 - the journeys have no need of it
        if process is None:
            raise Broken("The shop is closed.")
        return process.pid


@dataclass(frozen=True)
class Home:
    """Where the data of a shop lies."""

    folder: Path
    database_url: str


@contextmanager
def kept() -> Iterator[None]:
    """Keep the data of shops until the end of the run, then remove every trace."""
    with _kept:
        yield


def choose(database: str) -> None:
    """Measure on one database alone."""
    _chosen[:] = [database]


def chosen() -> Sequence[str]:
    """The databases of this run."""
    return tuple(_chosen)


@contextmanager
def opened(database: str, size: int, **settings: str) -> Iterator[Portal]:
    """The demo shop with so many customers, served by `flask serve`; `settings` are more of the environment."""
    home = _home(database, size)
    _used.extend([home.database_url] if home.database_url else [])
    shop = Shop(home.folder, database_url=home.database_url, more={"PORTAL_BCRYPT_COST": COST, **settings})
    shop.open()
    portal = Portal(shop, database, inside(shop))
    try:
        yield portal
    finally:
        portal.close()


def inside(shop: Shop) -> Flask:
    """The same shop in this process, for what no page tells."""
    logging.getLogger("portal").setLevel(logging.ERROR)
    return create_app(config.read(shop.environment))


@cache
def _home(database: str, size: int) -> Home:
    ready = Path(os.environ.get(READY, "")) / f"{database}-{size}"
    if READY in os.environ and ready.is_dir():
        url = ready / "database-url"
        home = Home(ready, url.read_text(encoding="utf-8").strip() if url.exists() else "")
        Shop(home.folder, database_url=home.database_url).flask("db", "upgrade")
        return home
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    _kept.callback(shutil.rmtree, folder, ignore_errors=True)
    home = Home(folder, _fresh_database() if database == "postgresql" else "")
    shop = Shop(home.folder, database_url=home.database_url, more={"PORTAL_BCRYPT_COST": COST})
    shop.flask("db", "upgrade")
    shop.flask("demo", "load", "--customers", str(size))
    if home.database_url:
        _command(home.database_url, "VACUUM ANALYZE")  # what PostgreSQL does by itself within minutes
    return home


@cache
def _server() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return _kept.enter_context(postgres.server(shared_buffers=f"{memory // 4 >> 20}MB"))  # see docs/operating.md


def _fresh_database() -> str:
    name = f"bench_{uuid.uuid4().hex[:12]}"
    _command(_server(), f"CREATE DATABASE {name}")
    return sa.make_url(_server()).set(database=name).render_as_string(hide_password=False)


def _command(url: str, words: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(words))
    engine.dispose()


def postgres_version() -> str:
    """Version, what it leaves out and how much it keeps in mind; empty when none was used."""
    if not _used:
        return ""
    engine = sa.create_engine(_used[-1])
    with engine.connect() as connection:
        told = [connection.scalar(sa.text(f"SHOW {name}")) for name in ("server_version", "fsync", "shared_buffers")]
    engine.dispose()
    return f"{str(told[0]).split()[0]} (fsync {told[1]}, shared_buffers {told[2]})"
