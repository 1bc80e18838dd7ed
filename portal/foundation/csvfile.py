"""CSV that no spreadsheet takes for formulas, and that reads back as it was."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # in front of UTF-8, so that spreadsheets know it
GUARD = "'"
# What makes a spreadsheet calculate, as its first character after blanks, in its wide forms, too. Quotes before it
# count as well, so that a text which begins with the guard itself comes back whole.
FORMULA = re.compile(r"'*[^\S\t\r\n]*[=+\-@\t\r\n\0|%＝＋－＠]")

Value = str | int | datetime | None


class _Line:
    """Where csv.writer writes to: hands each line on instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def written(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """The file line by line as UTF-8 with a mark: rows are taken as they are asked for, and none is kept."""
    writer = csv.writer(_Line())
    yield (MARK + str(writer.writerow(header))).encode()
    for row in rows:
        yield str(writer.writerow([guarded(_text(value)) for value in row])).encode()


def read(lines: Iterable[str]) -> Iterator[list[str]]:
    """The rows of a file that was written here, or by anybody without guards; open it with `newline=""`."""
    for number, row in enumerate(csv.reader(lines)):
        if number == 0 and row:
            row[0] = row[0].removeprefix(MARK)
        yield [plain(text) for text in row]


def guarded(text: str) -> str:
    """The text with a quote in front where a spreadsheet would calculate it."""
    return GUARD + text if FORMULA.match(text) else text


def plain(text: str) -> str:
    """The text without the one quote that `guarded` put in front."""
    return text[1:] if text.startswith(GUARD) and FORMULA.match(text[1:]) else text


def _text(value: Value) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return "" if value is None else str(value)
