"""Customers as a file: one query, streamed as it is read, with formulas made harmless while they are written."""

import csv
import re
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from portal.customers.models import Customer
from portal.customers.service import sealing
from portal.foundation import csvfile
from portal.foundation.database import db, table_of
from portal.foundation.engines import READING
from portal.transfers.service.selecting import SEALED, SPELT, Conditions, Selected, selected

CHUNK = 500  # customers read at once in Python, so that other pages get their turn between
LAST = "/* behind */ 0"  # stands for the last id in the text of a statement
# Tables that are read in the order of their keys need no sorting of whole customers, and a small one beside them is not
# read through for each. One process is as fast as three on two processors, and leaves one to whoever opens pages.
PLANNED = "SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0"
PIECE = 64 * 1024  # bytes of a file that are sent at once

Row = Sequence[str]
Told = Callable[[int], object]  # hears how many customers a file holds, when all of it was taken


def as_csv(
    conditions: Conditions,
    *,
    guarded: bool = True,
    marked: bool = True,
    revealing: bool = False,
    told: Told | None = None,
) -> Iterator[bytes]:
    """The file piece by piece, its head at once; memory stays flat whatever the number of customers.

    Args:
        conditions: on Customer.
        guarded: put a quote before what a spreadsheet would calculate; off for machines.
        marked: begin with the mark by which spreadsheets know UTF-8; off for machines.
        revealing: with the columns that are masked elsewhere.
        told: hears how many there were, unless the reader goes away before the end.
    """
    chosen = selected(conditions, revealing=revealing)
    yield ((csvfile.MARK if marked else "") + ",".join(chosen.names) + "\r\n").encode()
    if db.engine.dialect.name == "postgresql" and not revealing:
        number = yield from _copied(chosen, guarded=guarded)
    else:
        number = yield from _lines(chosen, guarded=guarded)
    if told is not None:
        told(number)


def as_xlsx(conditions: Conditions, *, revealing: bool = False, told: Told | None = None) -> Iterator[bytes]:
    """A workbook whose cells are all text; it is made on disk row by row, then sent piece by piece."""
    # A library of megabytes, for a page that few open; it ships no types.
    import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415

    chosen, number = selected(conditions, revealing=revealing), 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.xlsx"
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(path, options) as book:
            sheet = book.add_worksheet("Customers")
            sheet.write_row(0, 0, chosen.names)
            for row in chain.from_iterable(_chunks(chosen)):
                number += 1
                for place, text in enumerate(row[:-1]):
                    if text:
                        sheet.write_string(number, place, _printable(text))
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    if told is not None:
        told(number)


def _copied(chosen: Selected, *, guarded: bool) -> Generator[bytes, None, int]:
    """What PostgreSQL writes itself, guards and all."""
    # Without an OFFSET the planner would write each cell out as often as its guard looks at it.
    inner = chosen.query.offset(0).subquery()
    cells = [_guarded(inner.c[name]) if guarded and name not in SPELT else inner.c[name] for name in chosen.names]
    words = literal(sa.select(*cells).order_by(inner.c.id))
    with db.engine.connect().execution_options(**READING) as connection:
        connection.begin()
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor:
            cursor.execute(PLANNED)
            with cursor.copy(f"COPY ({words}) TO STDOUT (FORMAT csv)") as copy:
                pieces: list[bytes] = []
                size = 0
                for piece in copy:
                    pieces.append(piece)
                    size += len(piece)
                    if size >= PIECE:
                        yield b"".join(pieces)
                        pieces, size = [], 0
                yield b"".join(pieces)
            return int(cursor.rowcount)


def literal(query: sa.Select[Any]) -> str:
    """A query with its values written out, for statements that take no parameters."""
    dialect: sa.Dialect = db.engine.dialect
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - only where it is the database at hand

        dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it so
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


# First characters, in the order of their numbers, between which no formula begins: most cells are told by them alone.
_HARMLESS = (("A", "|"), ("0", ":"), ("\u00c0", "\u1680"), ("\u3001", "\uff00"))


def _guarded(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """A cell with a quote in front where it needs one; few begin so that the pattern has to be asked."""
    text = sa.collate(column, "C")
    words = [sa.and_(text >= _quoted(first), text < _quoted(last)) for first, last in _HARMLESS]
    formula = column.op("~")(sa.literal_column(_pattern()))
    guarded = _quoted("''").concat(column)
    return sa.case((sa.or_(*words, text == _quoted("")), column), (formula, guarded), else_=column)


def _quoted(text: str) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{text}'", sa.Text())


@lru_cache(maxsize=1)
def _pattern() -> str:
    """csvfile.FORMULA as PostgreSQL reads it, with every blank written out: which ones it knows hangs on a locale."""
    blanks = (chr(code) for code in range(1, 0x3001) if re.match(r"[^\S\t\r\n]", chr(code)))
    listed = "".join(f"\\u{ord(blank):04X}" for blank in blanks)
    return f"'^''*[{listed}]*[=+@\\t\\r\\n|%＝＋－＠-]'"


def _chunks(chosen: Selected) -> Iterator[list[Row]]:
    """Rows some at a time by key, the customer's id behind their cells; nothing is held between two of them."""
    key, last = table_of(Customer).c.id, 0
    *cells, own = chosen.query.selected_columns
    texts = (sa.func.coalesce(cell, "") for cell in cells)
    words = literal(chosen.query.with_only_columns(*texts, own).where(key > sa.literal_column(LAST)).limit(CHUNK))
    if LAST not in words:
        return  # a condition that nobody fits stands for all of them
    is_sqlite = db.engine.dialect.name == "sqlite"  # which keeps the plan of a statement that stays the same
    if is_sqlite:
        words = words.replace(LAST, "?")
    sealed = [place for place, name in enumerate(chosen.names) if name in SEALED]
    while True:
        with db.engine.connect().execution_options(**READING) as connection:
            connection.begin()
            driver: Any = connection.connection.driver_connection
            read = driver.execute(words, (last,)) if is_sqlite else driver.execute(words.replace(LAST, str(last)))
            chunk: list[Row] = read.fetchall()
        if chunk:
            last = int(chunk[-1][-1])
            yield [_opened(row, sealed) for row in chunk] if sealed else chunk
        if len(chunk) < CHUNK:
            return


def _opened(row: Row, sealed: Sequence[int]) -> Row:
    cells = list(row)
    for place in sealed:
        cells[place] = sealing.opened(cells[place])
    return cells


def _lines(chosen: Selected, *, guarded: bool) -> Generator[bytes, None, int]:
    """Rows as lines, harmless where it is wanted."""
    places = [place for place, name in enumerate(chosen.names) if name not in SPELT] if guarded else []
    number, lines = 0, list[str]()
    writer = csv.writer(_To(lines))
    for chunk in _chunks(chosen):
        writer.writerows(_harmless(chunk, places))
        number += len(chunk)
        yield "".join(lines).encode()
        lines.clear()
    return number


class _To:
    """Where csv.writer writes to: keeps lines until somebody takes them."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


_first = itemgetter(slice(0, 1))
_FORMULAS = frozenset("=+-@|%")


def _harmless(rows: Sequence[Row], guarded: Sequence[int]) -> Iterable[Row]:
    """Rows without their ids, looked at column by column: where all begin with letters or digits, none is touched."""
    columns = list[Sequence[str]](zip(*rows, strict=True))[:-1]
    for place in guarded:
        column = columns[place]
        if not any(column):
            continue
        beginnings = "".join(set(map(_first, column)))
        if not beginnings.isalnum():
            columns[place] = [csvfile.GUARD + text if text[:1] in _FORMULAS else _guard(text) for text in column]
    return zip(*columns, strict=True)


def _guard(text: str) -> str:
    return text if text[:1].isalnum() else csvfile.guarded(text)


def _printable(text: str) -> str:
    """Without characters that a workbook cannot hold."""
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n\r")
