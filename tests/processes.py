"""Processes of their own: what they started, in which environment, and how they all end."""

import importlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flask.cli import ScriptInfo

from portal.config import Settings
from portal.foundation.database import db
from tests.house import wait_for_no_disk

ROOT = Path(__file__).parents[1]


def environment(settings: Settings, **more: object) -> dict[str, str]:
    """The environment in which a process finds the database of a test, and other settings by their names."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "FLASK_"))}
    told = {"env": settings.env, "instance": settings.instance, "database_url": settings.database, **more}
    return own | {f"PORTAL_{name.upper()}": str(value) for name, value in told.items()}


@contextmanager
def flask(*words: str, app: str = "wsgi", env: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Run a flask command; whatever is left of it at the end is killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", app, *words],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process
    finally:
        if process.poll() is None:
            everyone = [process.pid, *descendants(process.pid)]
            kill(everyone)
            process.wait()
            # A write that a process was in ends even after the kill: what comes next has to come after it.
            until(lambda: not any(is_alive(pid) for pid in everyone))
        process.stdout.close()


@contextmanager
def worker(app: str, env: dict[str, str]) -> Iterator[int]:
    """A worker of the portal in a module, killed at the end whatever it is at, for tests that are not about its start.

    It is a fork of the tests, which have loaded everything: to load it anew is most of what such a test would do.
    """
    db.session.commit()
    db.engine.dispose()  # no connection may be shared with a child
    pid = os.fork()
    if pid == 0:
        _work(app, env)
    try:
        yield pid
    finally:
        kill([pid, *descendants(pid)])
        os.waitpid(pid, 0)


def _work(app: str, env: dict[str, str]) -> None:
    try:
        os.environ.clear()
        os.environ.update(env)
        shop = importlib.import_module(app).app
        with shop.app_context():
            wait_for_no_disk(db.engine)
        shop.cli.main(["worker"], standalone_mode=False, obj=ScriptInfo(create_app=lambda: shop))
    finally:
        os._exit(1)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def descendants(pid: int) -> list[int]:
    """Every process below one, nearest first."""
    table = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
    parents = [tuple(map(int, line.split())) for line in table.splitlines()]
    found = [pid]
    for one in found:
        found += [child for child, parent in parents if parent == one]
    return found[1:]


def kill(pids: Sequence[int]) -> None:
    """Kill -9; those that are gone stay gone."""
    for pid in pids:
        assert pid > 1, "Zero would be the tests themselves."
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and is not waited for does not count."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True, text=True).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")


def command(pid: int) -> str:
    """The words that a process was started with."""
    return subprocess.run(["ps", "-o", "args=", "-p", str(pid)], check=False, capture_output=True, text=True).stdout


def until(reached: Callable[[], bool], within: float = 300) -> None:
    """Look again and again until something is so."""
    end = time.monotonic() + within
    while not reached():
        assert time.monotonic() < end, "It did not come to pass."
        time.sleep(0.05)
