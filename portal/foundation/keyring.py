"""Where master keys come from and how they change: the settings, or the file INSTANCE/keys, newest first.

A key made here begins with its day of birth, so that its age is known wherever it is kept.
"""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from portal.config import ConfigurationError, Settings
from portal.foundation.clock import now

BIRTH = re.compile(r"(\d{8}T\d{6})Z-")
FORM = "%Y%m%dT%H%M%S"


def make() -> str:
    """A new master key: 256 random bits behind the moment of its making."""
    return f"{now().astimezone(UTC).strftime(FORM)}Z-{secrets.token_hex(32)}"


def born(master: str) -> datetime | None:
    """When a master key was made; None when it does not say."""
    found = BIRTH.match(master)
    try:
        return datetime.strptime(found[1], FORM).replace(tzinfo=UTC) if found else None
    except ValueError:  # it only looks like a moment
        return None


def load(settings: Settings) -> tuple[str, ...]:
    """The master keys of an installation, newest first; without any in the settings a first one is made and kept."""
    return settings.secret_keys or kept(file_of(settings))


def file_of(settings: Settings) -> Path:
    """Where an installation keeps its keys when the settings hold none."""
    return settings.instance / "keys"


def kept(path: Path) -> tuple[str, ...]:
    """The keys of a file, which is made with one key when there is none.

    Raises:
        ConfigurationError: the file is there, and empty.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = _write_beside(path, (make(),))
        try:
            # Not renamed: of two processes that begin together, one must find the other's key.
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    masters = tuple(filter(None, map(str.strip, path.read_text(encoding="utf-8").splitlines())))
    if not masters:
        raise ConfigurationError(f"{path} holds no key. Bring the file back from a backup: what it opened needs it.")
    return masters


def keep(path: Path, masters: tuple[str, ...]) -> None:
    """Replace the keys of a file: whoever reads it finds the old ones or the new ones, never half of them."""
    _write_beside(path, masters).rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def held(path: Path) -> Iterator[tuple[str, ...]]:
    """The keys of a file, while nobody else changes them."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield kept(path)
    finally:
        os.close(folder)


def _write_beside(path: Path, masters: tuple[str, ...]) -> Path:
    beside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as writer:
        writer.writelines(f"{master}\n" for master in masters)
        writer.flush()
        os.fsync(writer.fileno())
    return beside
