"""Unsubscribes that the database could not take: kept in a file of this machine, read by senders before each mail.

The one click has to be answered 200 always (RFC 8058), and after the answer no mail may begin. So a line about it is
written and synced to disk first, and what is in the file counts as left until it has reached the database. What a line
says is the business of whoever keeps it.
"""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "unsubscribed"  # in INSTANCE/spool


def path_of(instance: Path) -> Path:
    """Where this machine keeps them."""
    return instance / "spool" / FILE


def keep(path: Path, line: str) -> None:
    """Keep what somebody's leaving is told by, safe from a power cut when this returns.

    Raises:
        OSError: the disk does not take it, either.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _held(path) as file:
        end = os.fstat(file).st_size
        cut_off = end > 0 and os.pread(file, 1, end - 1) != b"\n"
        told = b"\n" * cut_off + f"{line}\n".encode()
        if os.write(file, told) != len(told):  # a disk that is nearly full takes a part
            os.ftruncate(file, end)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file)
        if end == 0:  # it may have been made just now
            _sync_name(path)


class Reader:
    """Whose leaving is in the spool; a look at it costs as much as asking for the size of a file."""

    def __init__(self, path: Path, whose: Callable[[str], int | None]) -> None:
        """`whose` gives the subscription that a line is about, if any."""
        self._path = path
        self._whose = whose
        self._seen: tuple[int, int] = (0, 0)
        self._left: frozenset[int] = frozenset()

    def left(self) -> frozenset[int]:
        """The subscriptions that lines of the file stand for now."""
        try:
            about = os.stat(self._path)  # noqa: PTH116 - asked before each mail: half the time of the path's own
        except FileNotFoundError:
            return frozenset()
        now_ = (about.st_mtime_ns, about.st_size)
        if now_ != self._seen:
            self._left = frozenset(who for line in waiting(self._path) if (who := self._whose(line)) is not None)
            self._seen = now_
        return self._left


def waiting(path: Path) -> list[str]:
    """What has to reach the database, line by line."""
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def done(path: Path, lines: list[str]) -> None:
    """Take out what reached the database; what came meanwhile stays."""
    gone = set(lines)
    with _held(path):
        left = [line for line in waiting(path) if line not in gone]
        fresh = path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in left)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        _sync_name(path)


def _sync_name(path: Path) -> None:
    """Have the folder's entry outlive a power cut as well: what is in a file that has no name is gone."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _held(path: Path) -> Iterator[int]:
    """The file, which nobody else changes meanwhile; the one that is there now, if another took its place."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if path.exists() and os.path.samestat(os.fstat(file), path.stat()):
                yield file
                return
        finally:
            os.close(file)
