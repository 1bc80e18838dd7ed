"""A plugin of pytest: loads the portal and the tests of all defects once, then forks for each defect.

What begins with the portal loaded and a database migrated costs a tenth of what a process of its own costs.
"""

import json
import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import conftest, migrated, postgres, surroundings
from tests.hostile import in_place
from tests.hostile.sabotage import DEFECTS
from tests.house import House

LONGEST = 300  # seconds for one defect: one that hangs is tried no further


class Heard:
    """What failed, in the process of one defect."""

    def __init__(self) -> None:
        self.failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the first that failed."""
        if report.failed and not self.failed:
            self.failed = report.nodeid


def pytest_addoption(parser: pytest.Parser) -> None:
    """What to do, and where the answers go."""
    parser.addoption("--tasks", type=Path, help="a file of lists: name of a defect or nothing, tests, database")
    parser.addoption("--answers", type=Path, help="a folder: a file for each task, with the test that failed")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Do every task in a process of its own, as many at a time as there are processors."""
    tasks = list(enumerate(json.loads(session.config.getoption("--tasks").read_text())))
    answers = session.config.getoption("--answers")
    session.config.pluginmanager.register(heard := Heard())
    with ExitStack() as stack:
        if "postgresql" in surroundings.DATABASES:
            os.environ["PYTEST_XDIST_TESTRUNUID"] = os.urandom(8).hex()  # by which those of one run know their server
            stack.enter_context(postgres.server())
        shelf = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ[migrated.SHELF] = str(shelf)
        free = [_house(stack, shelf) for _ in range(os.cpu_count() or 1)]
        busy: dict[int, House] = {}
        while tasks or busy:
            if tasks and free:
                number, task = tasks.pop(0)
                house = free.pop()
                busy[_forked(session, house, task, answers / str(number), heard)] = house
            else:
                pid, _status = os.wait()
                free.append(busy.pop(pid))
    return True


def _house(stack: ExitStack, shelf: Path) -> House:
    house = House(Path(stack.enter_context(tempfile.TemporaryDirectory())), "", shelf)
    stack.callback(house.close)
    return house


def _forked(session: pytest.Session, house: House, task: Any, answer: Path, heard: Heard) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.alarm(LONGEST)
        conftest.House = lambda folder, url, shelf: House(folder, url, shelf) if url else house
        answer.write_text(_try(session, heard, *task))
    except in_place.NotHere:
        pass  # no answer: a process of its own will tell
    finally:
        os._exit(0)


def _try(session: pytest.Session, heard: Heard, name: str, tests: Sequence[str], database: str) -> str:
    if name:
        in_place.spoil(DEFECTS[name])
    items = list(_chosen(session, tests, database))
    if not items:
        return "no such test"
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        if heard.failed:
            break
    return heard.failed


def _chosen(session: pytest.Session, tests: Sequence[str], database: str) -> Iterator[pytest.Item]:
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[database]
    for item in session.items:
        is_named = any(
            item.nodeid == f"tests/{one}" or item.nodeid.startswith((f"tests/{one}[", f"tests/{one}::"))
            for one in tests
        )
        if is_named and other not in item.nodeid.partition("[")[2]:
            yield item
