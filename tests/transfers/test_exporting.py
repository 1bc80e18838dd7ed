"""Customers as files: exactly those meant, no formulas, and back again without a change."""

import csv
import io
import json
from pathlib import Path

import pytest

from portal.customers.models import Customer, Telephone
from portal.foundation import csvfile, emails
from portal.foundation.database import db
from portal.staff.rules import Permission
from portal.transfers import queries
from portal.transfers.models import Outcome
from portal.transfers.rules.columns import EXPORTED
from portal.transfers.service import exporting
from tests import cast
from tests.hostile import attacks

NAUGHTY = json.loads((Path(__file__).parents[1] / "vendor" / "blns.json").read_text(encoding="utf-8"))
FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\u00a0=1",
    "'=1",
    "''=1",
    "|x",
    "%x",
    "＝1",
    " =1",
    "'plain",
    "-",
    "'\u3000@x",
)


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def fill(texts):
    """A customer for each text that a name can be, with it in every free column."""
    for number, text in enumerate(texts):
        person = cast.Person(text[:64].rstrip(), text[:64].rstrip(), f"n{number}@shop.example")
        row = cast.customer(person, with_account=False, number=f"N-{number}")
        row.remarks, row.external_id = text, f"{text[:50]}#{number}"
        row.telephones = [Telephone(typed="+91 98765 43210", e164="+919876543210")]
    db.session.commit()


def keepable(text):
    from portal.customers.rules import names
    from portal.foundation.forms import is_clean, tidy

    return (
        bool(text.strip())
        and tidy(text) == text
        and is_clean(text)
        and names.is_visible(text[:64])
        and len(text) < 5000
    )


def test_the_file_has_every_column_and_marks_itself_for_spreadsheets(exported):
    cast.customer(cast.ANN)
    content = exported()
    head, row = rows_of(content)
    assert content.startswith(b"\xef\xbb\xbf")
    assert tuple(head) == EXPORTED
    told = dict(zip(head, row, strict=True))
    assert (told["customer_number"], told["email"], told["status"]) == ("T-ANN", cast.ANN.email, "enabled")
    assert csvfile.plain(told["telephone"]) == cast.ANN.telephone
    assert (told["stores"], told["newsletter"]) == ("online", "no")
    assert told["customer_group"]


def test_only_those_that_fit_are_in_the_file(exported):
    cast.customer(cast.ANN)
    cast.customer(cast.BEN)
    assert [row[0] for row in rows_of(exported(Customer.number == "T-BEN"))[1:]] == ["T-BEN"]


@pytest.mark.parametrize("column", ["first_name", "last_name", "remarks", "external_id"])
def test_no_cell_is_calculated_and_each_comes_back_as_it_was(exported, column):
    fill(FORMULAS)
    rows = rows_of(exported())
    at = rows[0].index(column)
    want = [text if column != "external_id" else f"{text}#{n}" for n, text in enumerate(FORMULAS)]
    assert [csvfile.plain(row[at]) for row in rows[1:]] == want
    bare = [row[at] for row in rows[1:] if csvfile.FORMULA.match(row[at]) and not row[at].startswith("'")]
    assert attacks.tried("files for spreadsheets", refused=not bare, times=len(FORMULAS)), bare
    assert [row[at] for row in rows[1:]] == [csvfile.guarded(text) for text in want]


def test_machines_get_cells_as_they_are(exported):
    fill(FORMULAS)
    content = exported(guarded=False, marked=False)
    assert not content.startswith(b"\xef")
    assert [row[2] for row in rows_of(content)[1:]] == list(FORMULAS)


def test_export_and_import_again_change_nothing(exported, checked):
    cast.customer(cast.ANN)
    cast.customer(cast.BEN, with_account=False)
    texts = [text for text in dict.fromkeys([*NAUGHTY, *FORMULAS]) if keepable(text)]
    fill(texts if db.engine.dialect.name == "sqlite" else texts[::3])
    wanted = checked(exported())
    problems = [(row.column, row.value, row.reason) for row in queries.rows(wanted.id, Outcome.PROBLEM)]
    assert problems == []
    changes = [row.before for row in queries.rows(wanted.id, Outcome.CHANGE)]
    assert changes == []
    assert wanted.counts == {"same": wanted.rows}


def test_a_workbook_holds_texts_that_nothing_calculates_and_reads_back(app, checked):
    texts = [text for text in FORMULAS if keepable(text)]
    fill(texts)
    db.session.commit()
    content = b"".join(exporting.as_xlsx(()))
    wanted = checked(content, name="customers.xlsx")
    assert (wanted.read_as, wanted.counts) == ("XLSX", {"same": len(texts)})


def test_spelling_of_an_address_is_kept(exported, checked):
    row = cast.customer(cast.Person("A", "B", "Mixed.Case@shop.example"), with_account=False)
    assert row.email_key == emails.key("mixed.case@shop.example")
    assert checked(exported()).counts == {"same": 1}


def test_a_role_of_one_store_exports_nobody(app, browser):
    cast.member(cast.OTTO, "pune", {Permission.CUSTOMER_VIEW, Permission.CUSTOMER_EXPORT}, shop=cast.store())
    browser.open("/staff/sign-in")
    browser.send(email=cast.OTTO.email, password=cast.STAFF_PASSWORD)
    assert browser.open("/staff/transfers/export.csv").status_code == 403


def test_a_file_tells_how_many_it_held_when_it_was_taken_to_its_end(exported, app):
    fill(FORMULAS)
    heard = []
    exported(told=heard.append)
    pieces = exporting.as_csv((), told=heard.append)
    next(pieces)
    pieces.close()
    assert heard == [len(FORMULAS)]
