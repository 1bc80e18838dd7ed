"""Uploads as tables: CSV in the encodings and with the separators that shops meet, and workbooks.

Whatever comes in is kept as lines of JSON, one for each row with its line in the file: a job that resumes begins at
a byte of it.
"""

import codecs
import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from portal.foundation import csvfile
from portal.foundation.text import _
from portal.transfers.errors import NotReadable

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
LONGEST_CELL = 10_000
MOST_COLUMNS = 200
MOST_ROWS = 1_000_000
SAMPLE = 64 * 1024
WORKBOOK = b"PK\x03\x04"


@dataclass
class Table:
    """What an upload holds: heads, how it was read, and its rows with their lines."""

    heads: list[str]
    read_as: str
    lines: Iterator[tuple[int, list[str]]]


def read(file: BinaryIO) -> Table:
    """The table of an upload, read as its rows are taken.

    Raises:
        NotReadable: it is no table with a head.
    """
    start = file.read(SAMPLE)
    file.seek(0)
    table = _workbook(file) if start.startswith(WORKBOOK) else _text(file, start)
    if not any(table.heads):
        raise NotReadable(_("The file has no head: its first line names the columns."))
    if len(table.heads) > MOST_COLUMNS:
        raise NotReadable(_("The file has more than %(n)s columns.", n=MOST_COLUMNS))
    return table


def kept(table: Table) -> Iterator[bytes]:
    """The rows as the portal keeps them.

    Raises:
        NotReadable: there are too many, or one cannot be read.
    """
    try:
        for number, (line, cells) in enumerate(table.lines):
            if number >= MOST_ROWS:
                raise NotReadable(_("The file has more than %(n)s rows. Split it.", n=f"{MOST_ROWS:,}"))
            yield (json.dumps([line, cells], ensure_ascii=False, separators=(",", ":")) + "\n").encode()
    except (csv.Error, UnicodeError) as error:
        raise NotReadable(_("The file breaks off: %(why)s", why=str(error)[:200])) from None


def _text(file: BinaryIO, start: bytes) -> Table:
    encoding = _encoding(file, start)
    sample = codecs.getincrementaldecoder(encoding)(errors="replace").decode(start)
    separator = _separator(sample)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    rows = csv.reader(_without_nul(text), delimiter=separator)
    try:
        heads = next(rows, [])
    except (csv.Error, UnicodeError):
        raise NotReadable(_("This is no table. Upload a CSV file or an XLSX workbook.")) from None
    heads = [csvfile.plain(head.removeprefix(csvfile.MARK)).strip()[:120] for head in heads]
    words = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}[encoding]
    return Table(heads, f"{words}, {SEPARATORS[separator]}", _numbered(rows, len(heads)))


def _without_nul(lines: Iterator[str] | io.TextIOWrapper) -> Iterator[str]:
    for line in lines:
        yield line.replace("\0", "\ufffd")


def _numbered(rows: Any, width: int) -> Iterator[tuple[int, list[str]]]:
    line = rows.line_num + 1
    for cells in rows:
        if any(cells):
            yield line, [csvfile.plain(cell)[:LONGEST_CELL] for cell in cells[:width]]
        line = rows.line_num + 1


def _encoding(file: BinaryIO, start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(SAMPLE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _western(file)
    finally:
        file.seek(0)
    return "utf-8-sig"


def _western(file: BinaryIO) -> str:
    file.seek(0)
    while piece := file.read(SAMPLE):
        try:
            piece.decode("cp1252")
        except UnicodeDecodeError:
            words = _("The letters of this file can’t be read. Save it as UTF-8.")
            raise NotReadable(words) from None
    return "cp1252"


def _separator(sample: str) -> str:
    head = sample.split("\n", 1)[0]
    return max(SEPARATORS, key=head.count)


def _workbook(file: BinaryIO) -> Table:
    import python_calamine as calamine  # noqa: PLC0415 - a library of megabytes, for a page that few open

    try:
        sheet = calamine.CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
        rows = iter(sheet.iter_rows())
        heads = [_cell(value).strip()[:120] for value in next(rows, [])]
    except Exception:  # noqa: BLE001 - whatever a broken workbook does to the library
        raise NotReadable(_("This workbook can’t be read. Save it once more, or as CSV.")) from None
    return Table(heads, "XLSX", _of_sheet(rows, len(heads)))


def _of_sheet(rows: Iterator[Sequence[object]], width: int) -> Iterator[tuple[int, list[str]]]:
    for line, row in enumerate(rows, start=2):
        cells = [_cell(value) for value in row[:width]]
        if any(cells):
            yield line, cells


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\0", "\ufffd")[:LONGEST_CELL] if value is not None else ""
