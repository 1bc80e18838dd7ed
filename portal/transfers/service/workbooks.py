"""Workbooks as CSV: their first sheet, unpacked with a limit, since a few kilobytes of them can hold gigabytes."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from portal.foundation import csvfile
from portal.foundation.text import _
from portal.transfers.errors import NotReadable

MARK = b"PK\x03\x04"
MOST_UNPACKED = 256 * 1024 * 1024  # bytes, of all parts of a workbook
MOST_PARTS = 1000
LONGEST_CELL = 32_767  # characters, as the format has it
PIECE = 256 * 1024


def write_csv(file: BinaryIO, out: BinaryIO) -> None:
    """Write the first sheet as CSV in UTF-8, a row for each row.

    Raises:
        NotReadable: it is broken, or unpacks to more than a workbook of customers does.
    """
    _weigh(file)
    import python_calamine as calamine  # noqa: PLC0415 - a library of megabytes, for a page that few open

    try:
        sheet = calamine.CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
        _write(sheet.iter_rows(), out)
    except Exception:  # noqa: BLE001 - whatever a broken workbook does to the library
        raise NotReadable(_("This workbook can’t be read. Save it once more, or as CSV.")) from None


def _weigh(file: BinaryIO) -> None:
    """Unpack every part once without keeping anything: what a part says of its own size may be a lie."""
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(file) as parts:
            names = parts.infolist()
            if len(names) > MOST_PARTS or sum(part.file_size for part in names) > MOST_UNPACKED:
                raise NotReadable(_("This workbook unpacks to too much. Save it as CSV."))
            for part in names:
                with parts.open(part) as opened:
                    while piece := opened.read(PIECE):
                        left -= len(piece)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        raise NotReadable(_("This workbook can’t be read. Save it once more, or as CSV.")) from None
    if left < 0:
        raise NotReadable(_("This workbook unpacks to too much. Save it as CSV."))
    file.seek(0)


def _write(rows: Iterable[Sequence[object]], out: BinaryIO) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_cell(value) for value in row] or [""])
    text.flush()
    text.detach()


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # With the guard that reading takes off again: what a workbook holds as a text is one.
    return csvfile.guarded(str(value)[:LONGEST_CELL]) if value is not None else ""
