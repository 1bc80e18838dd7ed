"""Somebody who looks on while something long goes on: the memory of processes, pages of others, SQLite's one lock."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench import processes
from bench.shops import Portal
from bench.visitors import Visitor

LOOK = 0.02  # seconds between two looks at memory
PAUSE = 0.02  # seconds between two pages of the visitor who looks around
PROBE = 0.001  # seconds between two tries to write


@contextmanager
def again_and_again(look: Callable[[], None], pause: float) -> Iterator[None]:
    """Have something looked at on a thread of its own until the end of the block."""
    over = threading.Event()

    def live() -> None:
        while not over.is_set():
            look()
            over.wait(pause)

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def memory(pids: list[int]) -> Iterator[list[float]]:
    """MB that the largest of these processes held, look by look; the first is from before the block."""
    found = [processes.memory(pids)]
    with again_and_again(lambda: found.append(processes.memory(pids)), LOOK):
        yield found


@contextmanager
def pages(visitor: Visitor, path: str) -> Iterator[list[float]]:
    """Seconds of a page that somebody opens again and again."""
    found: list[float] = []
    with again_and_again(lambda: found.append(visitor.get(path).expect(200).seconds), PAUSE):
        yield found


@contextmanager
def lock(portal: Portal) -> Iterator[list[float]]:
    """Seconds for which the write lock of SQLite was held by others, each time that it was."""
    held: list[float] = []
    since: list[float] = []
    connection = sqlite3.connect(portal.shop.folder / "portal.db", timeout=0, check_same_thread=False)
    connection.isolation_level = None

    def probe() -> None:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            if not since:
                since.append(time.perf_counter())
            return
        connection.execute("ROLLBACK")
        if since:
            held.append(time.perf_counter() - since.pop())

    with again_and_again(probe, PROBE):
        yield held
    connection.close()
