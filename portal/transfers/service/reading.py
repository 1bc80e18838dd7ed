"""Uploads as tables: CSV in the encodings and with the separators that shops meet, and workbooks.

What is kept is always CSV in UTF-8 without a mark, whatever came in: a job that resumes begins at a byte of it.
"""

import codecs
import csv
import io
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, NoReturn

from portal.foundation import csvfile
from portal.foundation.text import _
from portal.transfers.errors import NotReadable
from portal.transfers.service import workbooks

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
UTF_8 = "utf-8"
ENCODINGS = {UTF_8: "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
WORKBOOK = "XLSX"  # what Table.read_as begins with for one
LONGEST_CELL = 10_000
LONGEST_LINE = 8 * 1024 * 1024  # bytes
MOST_COLUMNS = 200
MOST_ROWS = 1_000_000
HINT = re.compile(rb"(?:\xef\xbb\xbf)?sep=[,;\t]\r?\n", re.IGNORECASE)  # a line that spreadsheets read and do not show
PIECE = 256 * 1024
SAMPLE = 64 * 1024
AT_A_GLANCE = 3  # rows read while somebody waits


@dataclass
class Table:
    """What an upload holds: heads, how it was read, its first rows, about how many there are, and its bytes to keep."""

    heads: list[str]
    read_as: str
    first: list[list[str]]
    rows: int  # at most; blank lines and lines within a cell count until the check has read them
    kept: Iterable[bytes]


@dataclass
class Place:
    """How far a kept table was read: the byte that the next row begins at, and its line."""

    offset: int = 0
    line: int = 1


@contextmanager
def opened(file: BinaryIO) -> Iterator[Table]:
    """The table of an upload: a glance at its first rows, and its bytes as the portal keeps them.

    Raises:
        NotReadable: it is no table with a head, or has no rows.
        Busy: it is a workbook, and another one is being read.
    """
    start = file.read(SAMPLE)
    file.seek(0)
    with tempfile.TemporaryFile() as bare, tempfile.TemporaryFile() as scratch:
        if hint := HINT.match(start):
            file.seek(hint.end())
            shutil.copyfileobj(file, bare)
            bare.seek(0)
            file, start = bare, start[hint.end() :]
        if start.startswith(workbooks.MARK):
            which = workbooks.write_csv(file, scratch, columns=MOST_COLUMNS, rows=MOST_ROWS + 1)
            table = _glance(scratch, f"{WORKBOOK}, {which}" if which else WORKBOOK)
        else:
            encoding, old_ends = _encoding(file, start), b"\r" in start and b"\n" not in start
            if old_ends or encoding != UTF_8:
                _recode(file, scratch, encoding, old_ends=old_ends)
                table = _glance(scratch, encoding)
            else:
                table = _glance(file, encoding)
        _refuse(table)
        yield table


def _refuse(table: Table) -> None:
    if not any(table.heads):
        raise NotReadable(_("The file has no head: its first line names the columns."))
    if len(table.heads) > MOST_COLUMNS:
        raise NotReadable(_("The file has more than %(n)s columns.", n=MOST_COLUMNS))
    if not table.first:
        raise NotReadable(_("The file has a head and no rows."))


def rows_of(file: BinaryIO, place: Place, *, of_workbook: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Rows with their lines from a place on, which moves with each: it is always where the next row begins.

    Args:
        file: a kept table.
        place: where to begin.
        of_workbook: a row counts as one line, however many its cells hold.

    Raises:
        NotReadable: the file breaks off.
    """
    file.seek(0)
    separator = _separator(file)
    file.seek(place.offset)
    rows = csv.reader(_lines(file, place), delimiter=separator, strict=False)
    began, line = place.line, place.line
    try:
        for cells in rows:
            at, line = line, line + 1 if of_workbook else began + rows.line_num
            place.line = line
            if any(cells):
                yield at, cells
    except (csv.Error, UnicodeError) as error:
        raise NotReadable(_("The file breaks off: %(why)s", why=str(error)[:200])) from None


def plain(cell: str) -> str:
    """A cell without the quote that guards formulas, cut to more than any field could hold."""
    return csvfile.plain(cell)[:LONGEST_CELL]


def _glance(text: BinaryIO, read_as: str) -> Table:
    rows = rows_of(text, Place())
    try:
        heads = [plain(head).strip()[:120] for head in next(rows, (0, []))[1]]
        first = [[plain(cell) for cell in cells] for _line, cells in islice(rows, AT_A_GLANCE)]
    except NotReadable:
        raise NotReadable(_("This is no table. Upload a CSV file or an XLSX workbook.")) from None
    number = sum(piece.count(b"\n") for piece in _pieces(text)) - 1
    text.seek(0)
    words = ENCODINGS.get(read_as, "")
    words = f"{words}, {SEPARATORS[_separator(text)]}" if words else read_as
    return Table(heads, words, first, max(number, len(first)), _pieces(text))


def _lines(file: BinaryIO, place: Place) -> Iterator[str]:
    if place.offset == 0:
        place.offset = len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0
        file.seek(place.offset)
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise NotReadable(_("A line of the file is longer than any table has. Check that it is a CSV file."))
        place.offset += len(line)
        text = line.decode()
        yield text if "\0" not in text else text.replace("\0", "\ufffd")


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece


def _separator(file: BinaryIO) -> str:
    file.seek(0)
    head = file.readline(SAMPLE).decode(errors="replace")
    return max(SEPARATORS, key=head.count)


def _encoding(file: BinaryIO, start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return next((name for name in (UTF_8, "cp1252") if _decodes(file, name)), None) or _unknown()


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in _pieces(file):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True


def _unknown() -> NoReturn:
    raise NotReadable(_("The letters of this file can’t be read. Save it as UTF-8."))


def _recode(file: BinaryIO, out: BinaryIO, encoding: str, *, old_ends: bool) -> None:
    """Write the same file in UTF-8; with `old_ends` its lines end with a carriage return alone."""
    text = io.TextIOWrapper(file, encoding=encoding, newline=None if old_ends else "")
    try:
        while piece := text.read(PIECE):
            out.write(piece.encode(errors="replace"))
    except UnicodeError as error:
        raise NotReadable(_("The file breaks off: %(why)s", why=str(error)[:200])) from None
    finally:
        text.detach()  # the file is its owner's to close
