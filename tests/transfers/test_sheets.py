"""Workbooks of several sheets: which one is read, and that the portal says so."""

import io

import pytest
import xlsxwriter

from portal.customers import queries as customers
from portal.transfers.models import Outcome

TABLE = [("first_name", "last_name", "email"), ("Priya", "Raman", "priya@shop.example")]
HEAD = TABLE[:1]


def workbook(*sheets, hidden=()):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, cells)
            if name in hidden:
                sheet.hide()
        book.worksheets()[-1].activate()
        book.worksheets()[-1].set_first_sheet()
    return out.getvalue()


@pytest.mark.parametrize(
    ("raw", "read_as"),
    [
        (workbook(("People", TABLE)), "XLSX"),
        (workbook(("People", TABLE), ("Old", TABLE)), "XLSX, sheet 1 of 2: People"),
        (workbook(("Cover", []), ("Kunden Ä", TABLE)), "XLSX, sheet 2 of 2: Kunden Ä"),
        (workbook(("Title", [("Our customers",)]), ("People", TABLE)), "XLSX, sheet 2 of 2: People"),
        (workbook(("Lists", HEAD * 3), ("People", TABLE), hidden={"Lists"}), "XLSX"),
    ],
)
def test_the_first_sheet_with_rows_is_read_and_named(imported, raw, read_as):
    wanted = imported(raw, name="people.xlsx")
    assert wanted.read_as == read_as
    assert wanted.counts == {Outcome.NEW: 1}
    assert customers.by_email("priya@shop.example").name == "Priya Raman"


def test_a_cell_far_outside_matters_on_the_sheet_that_is_read_alone(checked):
    far = [*TABLE, [""] * 800 + ["far"]]
    assert checked(workbook(("People", TABLE), ("Notes", far)), name="people.xlsx").counts == {Outcome.NEW: 1}
