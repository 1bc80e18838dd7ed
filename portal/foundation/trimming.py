"""What is done so that a process stays small: once it has started, and again when it has let go of something large."""

import contextlib
import ctypes
import gc
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

IS_LINUX = sys.platform == "linux"
MAPS = Path("/proc/self/smaps")
MADV_DONTNEED = 4  # asm-generic/mman-common.h
OFTEN = 1.0  # seconds between two looks for what may go back: each takes a millisecond

_trimmed = 0.0
_is_due = False


def settle() -> None:
    """Keep what was made at start for good, and give the system back what only starting needed."""
    # No collection needs to look through it again (a millisecond of every request).
    gc.collect()
    gc.freeze()
    if IS_LINUX:
        with contextlib.suppress(OSError, ValueError):  # a system that tells nothing of its memory
            _unload()
    trim()


def trim() -> None:
    """Give the system back what was freed among what is in use; soon, if that was just done (glibc alone can)."""
    global _is_due  # noqa: PLW0603 - there is one heap
    _is_due = True
    trim_if_due()


def trim_later() -> None:
    """Have what is freed from here on given back by whoever asks next whether something is due."""
    global _is_due, _trimmed
    _is_due, _trimmed = True, time.monotonic()


def trim_if_due() -> None:
    """Do what came too soon for `trim`: what a crowd leaves behind is let go of when it has gone, not while it goes."""
    global _is_due, _trimmed
    if not _is_due:  # so nearly always
        return
    moment = time.monotonic()
    if moment - _trimmed >= OFTEN:
        _is_due, _trimmed = False, moment
        if _can_trim():
            ctypes.CDLL(None).malloc_trim(0)


@cache
def _can_trim() -> bool:
    return IS_LINUX and hasattr(ctypes.CDLL(None), "malloc_trim")


def _unload() -> None:
    """Let go of the pages of programs and libraries: those that are used again come back by themselves."""
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in list(_unchanged()):
        advise(start, end - start, MADV_DONTNEED)


def _unchanged() -> Iterator[tuple[int, int]]:
    """From where to where files lie in memory that nobody may write and nobody wrote since, so nothing can be lost."""
    place: tuple[int, int] | None = None
    for line in _lines():
        name, *rest = line.split()
        if not name.endswith(":"):
            start, _, end = name.partition("-")
            is_code = len(rest) > 4 and rest[0] in ("r-xp", "r--p") and rest[4].startswith("/")
            place = (int(start, 16), int(end, 16)) if is_code else None
        elif name in ("Private_Dirty:", "Shared_Dirty:", "Anonymous:") and rest[0] != "0":
            place = None
        elif name == "VmFlags:" and place is not None:
            yield place


def _lines() -> Iterator[str]:
    """What the system tells of our memory: line by line, since all of it at once would be two megabytes more."""
    with MAPS.open() as told:
        yield from told
