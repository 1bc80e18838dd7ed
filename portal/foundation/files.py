"""Stored files: photos, imports, exports. A row says what each is, the bytes lie under a random name in INSTANCE/files.

Nothing that a person named becomes part of a path, and nothing is served from the folder itself: a view reads the row,
decides, and sends the bytes. A row without its bytes is an error, bytes without a row are cleared away.
"""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import settings
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import Base, db

CHUNK = 256 * 1024
OF_MANY = ("import", "subscriber-import", "export", "refused", "rejected")  # purposes of files with rows of many people
ORPHANED_AFTER = timedelta(days=1)  # a file is written before its row is stored


class StoredFile(Base):
    """What is known of a file: under which key its bytes lie, what it is, for whom and how long."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    purpose: Mapped[str] = mapped_column(sa.String(32))  # photo, import, export, answer, my-data, …
    name: Mapped[str] = mapped_column(sa.String(255), default="")  # as its owner called it, for showing alone
    media_type: Mapped[str] = mapped_column(sa.String(120))
    size: Mapped[int]  # bytes
    sha256: Mapped[str] = mapped_column(sa.String(64))
    customer_id: Mapped[int | None] = mapped_column(index=True)  # about whom it is, so that erasure finds it
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None] = mapped_column(index=True)


def store(
    content: bytes | Iterable[bytes],
    *,
    purpose: str,
    media_type: str,
    name: str = "",
    customer_id: int | None = None,
    kept_for: timedelta | None = None,
) -> StoredFile:
    """Keep a file: its bytes are written wholly or not at all, its row is part of the caller's transaction.

    Args:
        content: the bytes, or pieces of them.
        purpose: what it is for; views serve files of their own purpose alone.
        media_type: what it is sent as.
        name: what its owner called it.
        customer_id: about whom it is.
        kept_for: how long it lives; for ever when None.
    """
    key = secrets.token_hex(24)
    size, digest = _write(_path(key), [content] if isinstance(content, bytes) else content)
    row = StoredFile(
        key=key,
        purpose=purpose,
        name=name[:255],
        media_type=media_type,
        size=size,
        sha256=digest,
        customer_id=customer_id,
        expires_at=now() + kept_for if kept_for is not None else None,
    )
    db.session.add(row)
    db.session.flush()
    return row


def find(file_id: int, purpose: str) -> StoredFile | None:
    """A file of one purpose that has not run out."""
    row = db.session.get(StoredFile, file_id)
    if row is None or row.purpose != purpose or (row.expires_at is not None and row.expires_at <= now()):
        return None
    return row


def open_bytes(row: StoredFile) -> BinaryIO:
    """The bytes of a file, to be closed by the caller.

    Raises:
        FileNotFoundError: they are gone, which only a fault of the disk or of a backup explains.
    """
    return _path(row.key).open("rb")


def pieces(row: StoredFile) -> Iterator[bytes]:
    """The bytes of a file, piece by piece, as a response streams them: opened now, read later.

    Raises:
        FileNotFoundError: they are gone.
    """
    return _Pieces(open_bytes(row))


class _Pieces(Iterator[bytes]):
    """A file that closes at its end, or when a response is closed that nobody read; a generator would not begin to."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __next__(self) -> bytes:
        piece = b"" if self._file.closed else self._file.read(CHUNK)
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


def remove(row: StoredFile) -> None:
    """Forget a file: the row in the caller's transaction, the bytes with a later sweep, as a rollback keeps both."""
    db.session.delete(row)


def remove_about(customer_id: int) -> None:
    """Forget every file about a customer, and their bytes as soon as the caller's transaction is stored."""
    _remove_at_once(StoredFile.customer_id == customer_id)


def remove_of_many() -> None:
    """Forget the files that may hold anybody: what was exported and what was brought for an import."""
    _remove_at_once(StoredFile.purpose.in_(OF_MANY))


def remove_at_once(ids: Collection[int]) -> None:
    """Forget these files, and their bytes as soon as the caller's transaction is stored."""
    _remove_at_once(StoredFile.id.in_(ids))


def remove_unowned(ids: Collection[int]) -> None:
    """The same for those of them that are about no customer."""
    _remove_at_once(StoredFile.id.in_(ids), StoredFile.customer_id.is_(None))


def _remove_at_once(*which: sa.ColumnElement[bool]) -> None:
    gone = list(db.session.scalars(sa.delete(StoredFile).where(*which).returning(StoredFile.key)))
    if gone:
        database.after_commit(lambda: _unlink(gone))


def _unlink(keys: Iterable[str]) -> None:
    for key in keys:
        _path(key).unlink(missing_ok=True)


def sweep() -> None:
    """Delete rows that have run out, and bytes that no row names any more."""
    db.session.execute(sa.delete(StoredFile).where(StoredFile.expires_at <= now()))
    db.session.flush()
    root, oldest = _root(), (now() - ORPHANED_AFTER).timestamp()
    for path in root.glob("??/*") if root.is_dir() else ():
        if path.stat().st_mtime < oldest and not _is_known(path.name):
            path.unlink(missing_ok=True)


def _is_known(key: str) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(StoredFile.key == key))))


def _write(path: Path, content: Iterable[bytes]) -> tuple[int, str]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with _written_wholly(path) as file:
        for piece in content:
            digest.update(piece)
            size += len(piece)
            file.write(piece)
    return size, digest.hexdigest()


@contextmanager
def _written_wholly(path: Path) -> Iterator[BinaryIO]:
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def _root() -> Path:
    return settings().instance / "files"


def _path(key: str) -> Path:
    return _root() / key[:2] / key
