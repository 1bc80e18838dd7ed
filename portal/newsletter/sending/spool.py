"""Unsubscribes that the database could not take: kept in a file of this machine, read by senders before each mail.

The one click has to be answered 200 always (RFC 8058), and after the answer no mail may begin. So the word is written
and synced to disk first, and what is in the file counts as left until it has reached the database.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "unsubscribed"  # in INSTANCE/spool


def path_of(instance: Path) -> Path:
    """Where this machine keeps them."""
    return instance / "spool" / FILE


def keep(path: Path, word: str) -> None:
    """Keep the word of an unsubscribe link, safe from a power cut when this returns.

    Raises:
        OSError: the disk does not take it, either.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _held(path) as file:
        os.write(file, f"{word}\n".encode())
        os.fsync(file)


class Reader:
    """Whose leaving is in the spool; a look at it costs as much as asking for the size of a file."""

    def __init__(self, path: Path, whose: Callable[[str], int]) -> None:
        self._path = path
        self._whose = whose
        self._seen: tuple[int, int] = (0, 0)
        self._left: frozenset[int] = frozenset()

    def left(self) -> frozenset[int]:
        """The subscriptions that words in the file stand for now."""
        try:
            about = os.stat(self._path)  # noqa: PTH116 - asked before each mail: half the time of the path's own
        except FileNotFoundError:
            return frozenset()
        now_ = (about.st_mtime_ns, about.st_size)
        if now_ != self._seen:
            self._left = frozenset(map(self._whose, waiting(self._path)))
            self._seen = now_
        return self._left


def waiting(path: Path) -> list[str]:
    """What has to reach the database."""
    return path.read_text(encoding="utf-8").split() if path.is_file() else []


def done(path: Path, words: list[str]) -> None:
    """Take out what reached the database; what came meanwhile stays."""
    gone = set(words)
    with _held(path) as file:
        left = [word for word in waiting(path) if word not in gone]
        fresh = "".join(f"{word}\n" for word in left).encode()
        os.ftruncate(file, 0)
        os.write(file, fresh)
        os.fsync(file)


@contextmanager
def _held(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)
