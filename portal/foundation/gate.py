"""The gate of hashing: as many threads as cores, at low priority, and a queue that ends."""

import contextlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from portal.foundation.errors import Busy
from portal.foundation.text import _

WAITING = 16  # hashes that may wait for a thread; past that a caller is told to come back

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Gate:
    """First come, first served. Each piece of work needs a place, which is taken before and free when it is done."""

    def __init__(self, threads: int, niceness: int) -> None:
        self._niceness = niceness
        self._threads = threads
        self._left = threads + WAITING
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    @property
    def places_left(self) -> int:
        """How many places are free at this moment."""
        return self._left

    def take(self, places: int) -> None:
        """Take so many places, or none.

        Raises:
            Busy: too many wait already.
        """
        with self._lock:
            if places <= self._left:
                self._left -= places
                return
        raise refusal()

    def give_back(self, places: int) -> None:
        """Let others have places that were taken."""
        with self._lock:
            self._left += places

    def submit(
        self, work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> "Future[Result]":
        """Start work in a place that was taken."""
        # Made late: threads do not survive the fork of a web worker.
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._threads, "hash", initializer=_be_nice, initargs=(self._niceness,))

        def run() -> Result:
            try:
                return work(*args, **kwargs)
            finally:
                self.give_back(1)

        try:
            return self._pool.submit(run)
        except BaseException:  # no thread to be had: the place is nobody's then
            self.give_back(1)
            raise

    def close(self) -> None:
        """Let the threads end."""
        if self._pool is not None:
            self._pool.shutdown()


def refusal() -> Busy:
    """What those hear for whom there is no place."""
    return Busy(_("A lot of people are signing in right now. Try again in a few seconds."))


def _be_nice(niceness: int) -> None:
    # On Linux a thread has a niceness of its own; elsewhere hashing keeps the priority of the process.
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
