"""What every test may use: the application on both databases, a browser, the outbox, a stopped clock."""

import dataclasses
import functools
import gc
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.foundation import database, lately
from portal.foundation.database import db
from portal.mail import transport
from portal.mail.models import OutboxMessage
from portal.mail.service import deliver_due
from tests import migrated, postgres, surroundings
from tests.browsing import Browser
from tests.house import House, fresh_database
from tests.rotation import Rotation

BROWSER = "tests/journeys/"
collect_ignore = [] if surroundings.JOURNEYS else ["journeys"]
ENDED: list[float] = []  # when each worker did
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def pytest_report_header() -> list[str]:
    """Say what is left out."""
    return surroundings.left_out()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Spare some tests of pages, put the long ones first, and open sockets for those that are marked as real."""
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        spared = {item for item in items if surroundings.is_spared(item)}
        items[:] = [item for item in items if item not in spared]
        config.hook.pytest_deselected(items=list(spared))
    surroundings.put_lookers_first(items)
    items.sort(key=surroundings.place)
    for item in items:
        if item.get_closest_marker("real") or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.enable_socket)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give all journeys to one worker, so that one browser and one shop serve them, and the cases of a test together.

    So do the tests of a file that look at what is made once for all of them (`only_read`).
    A mark xdist_group would say it shorter, but pytest 9.2 no longer lets xdist write the group into an item's id.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Grouped(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(BROWSER):
                return BROWSER
            file = nodeid.partition("::")[0]
            return file if shares_what_it_reads(file) else nodeid.partition("[")[0]

    config.option.loadscopereorder = False  # the number of cases says little; what is long comes first as it is
    return Grouped(config, log)


@functools.cache
def shares_what_it_reads(file: str) -> bool:
    """Whether tests of a file look at what is made once for all of them."""
    return "only_read" in Path(file).read_text(encoding="utf-8")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown() -> None:
    """Note when each worker ended."""
    ENDED.append(time.monotonic())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long the last worker was alone: what comes last is too long, where that is long."""
    if len(ENDED) > 1:
        terminalreporter.write_line(f"the last worker was alone for {ENDED[-1] - ENDED[-2]:.0f} s")


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what stays to the end: modules, plans and templates, a fifth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)  # forty megabytes; a look at fewer finds mostly what is still in use


@pytest.fixture(scope="session", autouse=True)
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of all workers of a run: for a migrated database, and for what they and their processes compile."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(migrated.SHELF, str(shared))
        if os.environ.get("PYTHONDONTWRITEBYTECODE"):
            patch.delenv("PYTHONDONTWRITEBYTECODE")
            patch.setenv("PYTHONPYCACHEPREFIX", str(shared / "bytecode"))
        yield shared


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL, thrown away at the end."""
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def houses(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shelf: Path
) -> Iterator[Callable[[str], House]]:
    """Call it with a database for the application on it, migrated once, however the tests of both follow each other."""

    @functools.cache
    def house(database: str) -> House:
        folder = tmp_path_factory.mktemp(database)
        url = fresh_database(request.getfixturevalue("postgres_url")) if database == "postgresql" else ""
        built.append(House(folder, url, shelf))
        return built[-1]

    built: list[House] = []
    yield house
    for one in built:
        one.close()


@pytest.fixture(scope="session", params=surroundings.DATABASES)
def house(request: pytest.FixtureRequest, houses: Callable[[str], House]) -> House:
    """The application on one database; `app` empties it for each test."""
    return houses(request.param)


@pytest.fixture
def only_read(house: House) -> Iterator[Callable[[Callable[[], None]], Flask]]:
    """In place of `app`: call it with what fills the database once for all tests that go on to read it alone."""

    def filled(stage: Callable[[], None]) -> Flask:
        house.fill(stage)
        database.read_only()
        db.session.connection()  # begun now: who counts statements counts the test's own
        return house.app

    with house.app.app_context():
        yield filled
        db.session.rollback()


@pytest.fixture
def app(house: House) -> Iterator[Flask]:
    """The application with nothing in its database but the first rows, inside an application context."""
    house.clear()
    with house.app.app_context():
        yield house.app
        db.session.rollback()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Flask's own client, for what a browser does not do."""
    return app.test_client()


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Somebody at a browser: keeps cookies, fills forms with their hidden fields, follows redirects when told."""
    return Browser(app)


@pytest.fixture
def browsers(app: Flask) -> Callable[[], Browser]:
    """As many people at browsers as a test needs."""
    return lambda: Browser(app)


@pytest.fixture
def outbox(app: Flask) -> Callable[[], list[OutboxMessage]]:
    """The mails posted so far, oldest first."""

    def posted() -> list[OutboxMessage]:
        db.session.expire_all()
        return list(db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))

    return posted


@pytest.fixture
def mailbox(app: Flask) -> Callable[[], list[EmailMessage]]:
    """Deliver what is due, as the worker does, and give every mail sent so far, oldest first."""
    way_out = transport.current()
    assert isinstance(way_out, transport.Memory)
    way_out.sent.clear()

    def deliver() -> list[EmailMessage]:
        db.session.commit()
        with app.app_context():
            deliver_due()
        db.session.expire_all()
        return way_out.sent

    return deliver


@pytest.fixture
def at_once(app: Flask) -> Callable[..., list[Any]]:
    """Make calls at the same moment, each in a thread of its own, and give what they return."""

    def run(*calls: Callable[[], Any]) -> list[Any]:
        db.session.commit()
        results: list[Any] = [None] * len(calls)
        start = Barrier(len(calls))

        def one(place: int) -> None:
            start.wait()
            results[place] = calls[place]()

        threads = [Thread(target=one, args=(place,)) for place in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        db.session.expire_all()
        return results

    return run


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Time stands still at noon of 21 November 2026 until the test moves it."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop_wants(app: Flask) -> Iterator[Any]:
    """Change settings of the shop for one test."""
    before = app.extensions["portal.settings"]

    def change(**settings: Any) -> None:
        app.extensions["portal.settings"] = dataclasses.replace(before, **settings)
        lately.forget()  # no shop changes them while it is open

    yield change
    app.extensions["portal.settings"] = before


@pytest.fixture
def rotation(app: Flask) -> Iterator[Rotation]:
    """The ring of master keys, put back at the end."""
    found = Rotation(app)
    yield found
    found.back()
