"""A program of its own that writes a sheet of a strange workbook as CSV, limited in memory, time and output.

It is the first sheet with a head and a row that a reader of the workbook sees; where there are several, its place,
their number and its name go to the other output.

The library that reads workbooks makes room for every cell between the first and the last, and ends its process where
the machine has none. So it runs here, where nothing else ends with it; it knows nothing of the portal and holds no
secret. With exit code 3 one word, and what it is about, says what is wrong.
"""

import csv
import os
import re
import resource
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO

MEMORY = 1024 * 1024 * 1024  # bytes of addresses: the most that may be unpacked takes 630 million
SECONDS = 60
MOST_UNPACKED = 256 * 1024 * 1024  # bytes, of all parts of a workbook; also of what is written
MOST_PARTS = 1000
LONGEST_CELL = 32_767  # characters, as the format has it
PIECE = 256 * 1024
LONGEST_TAG = 256  # bytes of a cell's tag that may lie across two pieces
LONGEST_NAME = 31  # characters of a sheet's, as the format has it
SHOWN = ("SheetTypeEnum.WorkSheet", "SheetVisibleEnum.Visible")  # as the library names what is neither chart nor hidden
REFUSED = 3
BOOK = "xl/workbook.xml"
LINKS = "xl/_rels/workbook.xml.rels"
# A cell that holds something and may lie far out: a column of two letters or a row of seven digits.
FAR = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{2,}\d+|[A-Z]+\d{7,})"[^>]*(?<!/)>(?!</)..', re.DOTALL)


class Refused(Exception):
    """One word for what is wrong, and what it is about."""


def main() -> int:
    """Do it; the arguments are the most columns and rows of a sheet, and what makes a text a formula."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_UNPACKED, MOST_UNPACKED))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    columns, rows, formula = int(sys.argv[1]), int(sys.argv[2]), re.compile(sys.argv[3])
    file = sys.stdin.buffer
    try:
        far = _weigh(file, columns, rows)
        import python_calamine as calamine  # noqa: PLC0415 - within the limits

        _write(_chosen(calamine.CalamineWorkbook.from_filelike(file), far).iter_rows(), formula)
    except Refused as words:
        return _refuse(str(words))
    except (MemoryError, OSError):
        return _refuse("large")
    except Exception:  # noqa: BLE001 - whatever a broken workbook does to the library
        return _refuse("broken")
    return 0


def _chosen(book: Any, far: Mapping[int, str]) -> Any:
    """The first sheet in sight that holds a table; the first of all where none does."""
    kinds = [(str(one.typ), str(one.visible)) for one in book.sheets_metadata]
    found = [place for place, kind in enumerate(kinds) if kind == SHOWN] or [0]
    for place in found:
        if place in far:
            raise Refused(far[place])
        sheet = book.get_sheet_by_index(place)
        if _holds_table(sheet.iter_rows()):
            if len(found) > 1:
                _say(f"{found.index(place) + 1} {len(found)} {sheet.name[:LONGEST_NAME].encode().hex()}")
            return sheet
    return book.get_sheet_by_index(found[0])


def _holds_table(rows: Iterable[Sequence[object]]) -> bool:
    filled = (row for row in rows if any(value not in (None, "") for value in row))
    return len(list(islice(filled, 2))) == 2


def _refuse(words: str) -> int:
    _say(words)
    return REFUSED


def _say(words: str) -> None:
    sys.stderr.write(words)
    sys.stderr.flush()


def _weigh(file: BinaryIO, columns: int, rows: int) -> dict[int, str]:
    """Unpack every part once without keeping anything: what a part says of its own size may be a lie.

    Returns by the places of sheets what is wrong with those that have a cell far outside.
    """
    left, far = MOST_UNPACKED, dict[int, str]()
    try:
        with zipfile.ZipFile(file) as parts:
            names = parts.infolist()
            if len(names) > MOST_PARTS or sum(part.file_size for part in names) > MOST_UNPACKED:
                raise Refused("large")
            sheets = _sheets(parts)
            for part in names:
                with parts.open(part) as opened:
                    held = b""
                    while piece := opened.read(PIECE):
                        left -= len(piece)
                        if part.filename in sheets:
                            held = held[-LONGEST_TAG:] + piece
                            if words := _look(held, columns, rows):
                                far.setdefault(sheets.index(part.filename), words)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        raise Refused("broken") from None
    if left < 0:
        raise Refused("large")
    file.seek(0)
    return far


def _sheets(parts: zipfile.ZipFile) -> list[str]:
    """Which parts are the sheets, in their order; none where the workbook is of a kind that names them otherwise."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - the portal imports this file for its words alone

    try:
        book, links = (ET.fromstring(parts.read(name)) for name in (BOOK, LINKS))  # noqa: S314 - within the limits
    except (KeyError, ET.ParseError):
        return []
    targets = {link.get("Id", ""): link.get("Target", "") for link in links}
    marks = (
        next((value for name, value in one.items() if name.endswith("}id")), "") for one in book.findall(".//{*}sheet")
    )
    found = [targets.get(mark, "") for mark in marks]
    return [target[1:] if target.startswith("/") else f"xl/{target}" for target in found]


def _look(held: bytes, columns: int, rows: int) -> str:
    for found in FAR.finditer(held):
        cell = found[1].decode("ascii")
        letters = cell.rstrip("0123456789")
        if len(cell) > 16 or _column(letters) > columns or int(cell[len(letters) :]) > rows:
            return f"far {cell[:16]}"
    return ""


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _write(rows: Iterable[Sequence[object]], formula: re.Pattern[str]) -> None:
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]  # it is a TextIOWrapper
    writer = csv.writer(sys.stdout)
    for row in rows:
        writer.writerow([_cell(value, formula) for value in row] or [""])
    sys.stdout.flush()


def _cell(value: object, formula: re.Pattern[str]) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)[:LONGEST_CELL]
    # With the guard that reading takes off again: what a workbook holds as a text is one.
    return f"'{text}" if formula.match(text) else text


if __name__ == "__main__":
    os._exit(main())  # what found no room in the output is not written once more
