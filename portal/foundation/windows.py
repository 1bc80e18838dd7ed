"""Counts of the coarse limit in the memory of one process, swept once a minute.

The storage that comes with `limits` starts a thread after every count, which looks through all counts there are.
"""

import threading
import time
from dataclasses import dataclass
from typing import ClassVar

from limits.storage import Storage

SCHEME = "process"
URI = f"{SCHEME}://"
SWEEP_EVERY = 60.0  # seconds


@dataclass
class _Window:
    """How often something was counted until its time is over."""

    ends_at: float
    hits: int = 0


class Windows(Storage):
    """One window for each key, begun by its first count; `limits` finds this class by its scheme."""

    STORAGE_SCHEME: ClassVar[list[str] | None] = [SCHEME]  # type: ignore[misc]  # as `limits` reads it from each class

    def __init__(self, uri: str | None = None, *, wrap_exceptions: bool = False, **_: object) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}
        self._sweep_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        """What can go wrong: nothing of its own."""
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and give the count of the window."""
        moment = time.time()
        with self._lock:
            self._sweep(moment)
            window = self._windows.get(key)
            if window is None or window.ends_at <= moment:
                window = self._windows[key] = _Window(moment + expiry)
            window.hits += amount
            return window.hits

    def get(self, key: str) -> int:
        """The count of the window that is open."""
        window = self._windows.get(key)
        return window.hits if window is not None and window.ends_at > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970; now where none is open."""
        window = self._windows.get(key)
        return window.ends_at if window is not None else time.time()

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget everything; gives how many windows there were."""
        with self._lock:
            known = len(self._windows)
            self._windows.clear()
            return known

    def clear(self, key: str) -> None:
        """Forget one window."""
        with self._lock:
            self._windows.pop(key, None)

    def _sweep(self, moment: float) -> None:
        if moment >= self._sweep_at:
            self._sweep_at = moment + SWEEP_EVERY
            self._windows = {key: window for key, window in self._windows.items() if window.ends_at > moment}
