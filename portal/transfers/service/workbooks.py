"""Workbooks as CSV: the first sheet with rows, read by another program, as a few kilobytes can ask for terabytes."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO

from portal.foundation import csvfile
from portal.foundation.errors import Busy
from portal.foundation.text import _
from portal.transfers.errors import NotReadable
from portal.transfers.service import sheets

MARK = b"PK\x03\x04"
PATIENCE = 90  # seconds for one workbook; the program ends itself before, unless the machine has no time for it
AT_ONCE = BoundedSemaphore(1)
WAIT = 20  # seconds for another one
PROGRAM = str(Path(sheets.__file__))


def write_csv(file: BinaryIO, out: BinaryIO, *, columns: int, rows: int) -> str:
    """Write the first sheet with rows as CSV in UTF-8, a row for each row; returns which of several it was, in words.

    Args:
        file: the workbook.
        out: a file of the disk, at its beginning.
        columns: the most that a sheet may have.
        rows: the most that a sheet may have, its head counted.

    Raises:
        NotReadable: it is broken, has a cell beyond these, or unpacks to more than a workbook of customers does.
        Busy: another one is being read.
    """
    if not AT_ONCE.acquire(timeout=WAIT):
        raise Busy(_("Another workbook is being read. Try again in a minute."))
    try:
        with tempfile.TemporaryFile() as source:
            shutil.copyfileobj(file, source)
            source.seek(0)
            done = subprocess.run(  # noqa: S603 - our own program; what is strange goes through its input
                [sys.executable, "-I", PROGRAM, str(columns), str(rows), csvfile.FORMULA.pattern],
                stdin=source,
                stdout=out,
                stderr=subprocess.PIPE,
                timeout=PATIENCE,
                check=False,
                env={},
            )
    except subprocess.TimeoutExpired:
        raise NotReadable(_words("large", columns, rows)) from None
    finally:
        AT_ONCE.release()
    if done.returncode == sheets.REFUSED:
        raise NotReadable(_words(done.stderr.decode("ascii", "replace"), columns, rows))
    if done.returncode:
        raise NotReadable(_words("large" if done.returncode < 0 else "broken", columns, rows))  # below 0: at a limit
    return _which(done.stderr)


def _which(told: bytes) -> str:
    """Which sheet was read, in words; empty where there is one alone."""
    if not told:
        return ""
    place, many, *name = told.decode("ascii").split()
    called = bytes.fromhex("".join(name)).decode()
    return _("sheet %(n)s of %(many)s: %(name)s", n=place, many=many, name=called)


def _words(word: str, columns: int, rows: int) -> str:
    kind, _blank, cell = word.partition(" ")
    if kind == "far":
        return _(
            "Cell %(cell)s lies far outside: a sheet has at most %(columns)s columns and %(rows)s rows. "
            "Delete what stands there, or save the table as CSV.",
            cell=cell,
            columns=columns,
            rows=f"{rows:,}",
        )
    if kind == "large":
        return _("This workbook unpacks to too much. Save it as CSV.")
    return _("This workbook can’t be read. Save it once more, or as CSV.")
