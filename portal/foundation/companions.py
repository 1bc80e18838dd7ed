"""Threads that help with what another is at, each with a session of its own."""

import os
import threading
from collections.abc import Callable

from flask import Flask, current_app

from portal.foundation import trace
from portal.foundation.database import db


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def writers() -> int:
    """How many may write at the same time and gain by it: one for each core, but SQLite has one writer."""
    return 1 if db.engine.dialect.name == "sqlite" else cores()


class Companions:
    """Threads that do something again and again, until there is no more of it or they are told to end."""

    def __init__(self, work: Callable[[], bool]) -> None:
        self._work = work
        self._threads: list[threading.Thread] = []
        self._is_over = threading.Event()

    def have(self, number: int) -> None:
        """Have so many of them, each in the application at hand."""
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - as Flask says it is done
        while len(self._threads) < number:
            thread = threading.Thread(target=self._run, args=(app,), name="companion", daemon=True)
            self._threads.append(thread)
            thread.start()

    def end(self) -> None:
        """Come back when each has done what it had in hand."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, app: Flask) -> None:
        with app.app_context():
            trace.start()
            while not self._is_over.is_set() and self._work():
                pass
