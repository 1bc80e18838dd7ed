"""CSV: nothing in it is calculated, and everything comes back."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.foundation import csvfile

PAYLOADS = [
    "=1+1",
    "+91 98765 43210",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
    "|calc",
    "%0A=1",
    '  =HYPERLINK("http://x.example")',
    "\N{NO-BREAK SPACE}=1",
    "＝1+1",
    "=cmd|' /C calc'!A0",
]
COLUMNS = 5
NAUGHTY = json.loads((Path(__file__).parents[1] / "vendor" / "blns.json").read_text("utf-8"))


def rows_of(*rows):
    text = b"".join(csvfile.written([f"c{n}" for n in range(COLUMNS)], rows)).decode()
    return list(csvfile.read(io.StringIO(text, newline="")))[1:]


def cells(row):
    """The cells as a spreadsheet reads them."""
    import csv

    text = b"".join(csvfile.written(["a"], [row])).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1]


@pytest.mark.parametrize("column", range(COLUMNS))
@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_column_holds_a_formula(payload, column):
    row = ["x"] * COLUMNS
    row[column] = payload
    assert cells(row)[column] == f"'{payload}"


@pytest.mark.parametrize(
    "text", [*PAYLOADS, "", "'", "''", "'=1", "''=1", "' =1", "'hello", "O'Neil", "a,b", 'say "x"', "two\nlines", " x "]
)
def test_every_text_comes_back_as_it_was(text):
    assert rows_of([text] * COLUMNS) == [[text] * COLUMNS]


def test_naughty_strings_come_back_as_they_were():
    rows = [[text] * COLUMNS for text in NAUGHTY]
    assert rows_of(*rows) == rows


@pytest.mark.parametrize("text", ["Ann", "O'Neil", "x=1", "ann@demo.example", "1-2", "50%", "'quoted'"])
def test_harmless_texts_stay_as_they_are(text):
    assert cells([text]) == [text]


def test_one_quote_is_taken_away_and_no_more():
    assert csvfile.plain("''=1") == "'=1"
    assert csvfile.plain("'Ann") == "'Ann"


def test_the_file_begins_with_the_mark_that_spreadsheets_know():
    assert b"".join(csvfile.written(["name"], [])) == b"\xef\xbb\xbfname\r\n"


def test_moments_numbers_and_nothing_have_one_form():
    at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    assert cells([at, 7, None]) == ["2026-11-21 12:00:00", "7", ""]


def test_rows_are_taken_only_when_they_are_asked_for():
    taken = []
    lines = csvfile.written(["n"], (taken.append(n) or [n] for n in range(1000)))
    next(lines), next(lines)
    assert taken == [0]
