"""Files sent for an import: twenty kinds of hostile content, each refused in words or taken as plain text."""

import io
import zipfile

import pytest
import sqlalchemy as sa

from portal.customers.models import Customer
from portal.foundation.database import db
from portal.transfers import queries
from portal.transfers.errors import NotReadable
from portal.transfers.models import Import, Outcome
from portal.transfers.service import reading, sheets, uploading
from tests.hostile import attacks
from tests.transfers.conftest import EVERYTHING, OTTO, begun, checked, imported  # noqa: F401 - fixtures

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")

HEAD = "first_name,email,remarks\n"
SHEET = "xl/worksheets/sheet1.xml"
PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
        '<sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'


def sheet(*rows, before=""):
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) + "</row>" for row in rows
    )
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'{before}<worksheet xmlns="{name}"><sheetData>{cells}</sheetData></worksheet>'


def workbook(content, **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, text in {**PARTS, SHEET: content, **more}.items():
            parts.writestr(name, text)
    return out.getvalue()


def lying():
    """A workbook whose sheet says that it is smaller than it is."""
    raw = bytearray(workbook(sheet(("first_name", "email"), ("A" * 100_000, "a@shop.example"))))
    with zipfile.ZipFile(io.BytesIO(bytes(raw))) as parts:
        size = parts.getinfo(SHEET).file_size.to_bytes(4, "little")
    return bytes(raw).replace(size, (1000).to_bytes(4, "little"))


def placed(*cells):
    """A sheet with these cells where they say they are."""
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = "".join(
        f'<row><c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c></row>' if text else f'<row><c r="{cell}"/></row>'
        for cell, text in cells
    )
    return f'<worksheet xmlns="{name}"><sheetData>{rows}</sheetData></worksheet>'


TABLE = (("A1", "email"), ("A2", "a@shop.example"))
REFUSED = {
    "a cell in the last corner": lambda: workbook(placed(*TABLE, ("XFD1048576", "x"))),
    "a cell far to the right": lambda: workbook(placed(*TABLE, ("GS2", "x"))),
    "a cell far below": lambda: workbook(placed(*TABLE, ("A1000002", "x"))),
    "more room than there is": lambda: workbook(placed(*TABLE, ("GR1000001", "x"))),
    "a far cell written oddly": lambda: workbook(placed(*TABLE).replace('r="A2"', "r='XFD1048576'")),
    "a bomb": lambda: workbook(b"\0" * (sheets.MOST_UNPACKED + 1)),
    "many parts": lambda: workbook(sheet(("a",)), **{f"x/{n}": "" for n in range(sheets.MOST_PARTS)}),
    "a size that lies": lying,
    "no workbook in the zip": lambda: zipped({"a.txt": "hello"}),
    "half a workbook": lambda: workbook(sheet(("email",), ("a@shop.example",)))[:-40],
    "a thousand columns": lambda: ",".join(f"c{n}" for n in range(1000)).encode() + b"\n1\n",
    "ten megabytes in a head": lambda: b"x" * (10 * 1024 * 1024) + b",email\n1,2\n",
    "letters of no encoding": lambda: b"first_name,email\n\x81\x8d\x8f\x90\x9d,a@shop.example\n",
    "half of UTF-16": lambda: (
        b"\xff\xfe" + "first_name,email\nA,a@shop.example\n".encode("utf-16-le")[:-1] + b"\xd8\x00\xd8"
    ),
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
    "nothing": lambda: b"",
    "blank lines alone": lambda: b"\n\n\n",
}


def zipped(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_table_is_refused_in_words_and_nothing_is_kept(app, kind):
    raw = REFUSED[kind]()
    with pytest.raises(NotReadable) as refusal:
        uploading.receive(io.BytesIO(raw), kind, size=len(raw), by=OTTO)
    db.session.rollback()
    assert attacks.tried("uploads", refused=db.session.scalars(sa.select(Import)).all() == []), str(refusal.value)


def test_a_far_cell_is_named_and_an_empty_one_disturbs_nobody(app):
    raw = workbook(placed(*TABLE, ("XFD1048576", "x")))
    with pytest.raises(NotReadable, match="Cell XFD1048576"):
        uploading.receive(io.BytesIO(raw), "x.xlsx", size=len(raw), by=OTTO)
    raw = workbook(placed(*TABLE, ("XFD1048576", "")))
    wanted = uploading.receive(io.BytesIO(raw), "x.xlsx", size=len(raw), by=OTTO)
    assert attacks.tried("uploads", refused=(wanted.columns, wanted.rows) == (["email"], 1)), wanted.columns


@pytest.mark.parametrize("before", [LAUGHS, OUTSIDE])
def test_entities_of_a_workbook_are_never_unfolded_nor_read_from_elsewhere(app, before):
    word = "&j;"
    raw = workbook(sheet(("first_name", "email"), (word, "a@shop.example"), before=before))
    try:
        wanted = uploading.receive(io.BytesIO(raw), "x.xlsx", size=len(raw), by=OTTO)
    except NotReadable:
        attacks.tried("uploads", refused=True)
        return
    uploading.check(wanted, wanted.mapping, "auto", by=OTTO)
    names = {row.first_name for outcome in Outcome for row in queries.rows(wanted.id, outcome)}
    assert attacks.tried("uploads", refused=not [name for name in names if "root:" in name or len(name) > 10]), names


FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", '=HYPERLINK("http://evil.example")', "\t=1")


def test_formulas_are_texts_and_go_out_guarded(app, imported):  # noqa: F811
    quoted = ('"' + text.replace('"', '""') + '"' for text in FORMULAS)
    imported(HEAD + "".join(f"N{n},n{n}@shop.example,{text}\n" for n, text in enumerate(quoted)))
    kept = {row.remarks for row in db.session.scalars(sa.select(Customer))}
    assert attacks.tried("uploads", refused=kept == {text.strip() for text in FORMULAS}), kept


def test_a_formula_of_a_workbook_is_not_worked_out(app, checked):  # noqa: F811
    raw = workbook(sheet(("first_name", "email", "remarks"), ("A", "a@shop.example", "=1+1")))
    wanted = checked(raw, name="x.xlsx")
    [row] = queries.rows(wanted.id, Outcome.NEW)
    assert attacks.tried("uploads", refused=row.remarks == "=1+1"), row.remarks


CELLS = {
    "NUL": ("A\0B", "first_name"),
    "control characters": ("A\x07B", "first_name"),
    "nothing to be seen": ("\u200b\u200d", "first_name"),
    "an endless name": ("x" * 100_000, "first_name"),
    "two addresses": ("a@shop.example,b@shop.example", "email"),
    "a header in an address": ("a@shop.example\nBcc: b@shop.example", "email"),
    "SQL": ("a@shop.example'; DROP TABLE customer; --", "email"),
}


@pytest.mark.parametrize("kind", CELLS)
def test_a_hostile_cell_is_refused_alone_and_its_neighbours_are_taken(app, checked, kind):  # noqa: F811
    cell, column = CELLS[kind]
    row = {"first_name": "A", "email": "one@shop.example"} | {column: '"' + cell + '"'}
    wanted = checked(f"{HEAD}{row['first_name']},{row['email']},x\nB,b@shop.example,y\n")
    told = wanted.counts.get("problem") == 1 or "\ufffd" in queries.rows(wanted.id, Outcome.NEW)[0].first_name
    assert attacks.tried("uploads", refused=told and wanted.counts["new"] >= 1), wanted.counts


def test_ten_megabytes_in_a_cell_end_the_check_in_words(app):
    raw = f"{HEAD}A,a@shop.example,{'x' * (10 * 1024 * 1024)}\n".encode()
    with pytest.raises(NotReadable):
        uploading.receive(io.BytesIO(raw), "x.csv", size=len(raw), by=OTTO)
    attacks.tried("uploads", refused=True)


def test_an_open_quote_swallows_nobody(app, checked):  # noqa: F811
    wanted = checked(f'{HEAD}"A,a@shop.example,x\nB,b@shop.example,y\n')
    assert attacks.tried("uploads", refused=wanted.counts == {"problem": 1}), wanted.counts


def test_heads_that_come_twice_fill_one_field_each(app, checked):  # noqa: F811
    wanted = checked("email,email,first_name,first_name\na@shop.example,b@shop.example,A,B\n")
    [row] = queries.rows(wanted.id, Outcome.NEW)
    assert wanted.mapping == ["email", "", "first_name", ""]
    assert attacks.tried("uploads", refused=(row.email, row.first_name) == ("a@shop.example", "A")), row.email


@pytest.mark.parametrize(
    "raw",
    [
        "\ufefffirst_name;email\r\nA;a@shop.example\r\n".encode(),
        b"first_name\temail\rA\ta@shop.example\r",
        "first_name,email\nA,a@shop.example\n".encode("utf-16"),
        b'"first_name","email"\n"A","a@shop.example"',
        b"first_name,email,,\nA,a@shop.example,1,2,,,\n",
    ],
)
def test_odd_dialects_are_read_for_what_they_are(app, checked, raw):  # noqa: F811
    wanted = checked(raw)
    [row] = queries.rows(wanted.id, Outcome.NEW)
    assert attacks.tried("uploads", refused=(row.first_name, row.email) == ("A", "a@shop.example")), row.email


def test_more_rows_than_are_taken_end_the_check_in_words(app, monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 2)
    raw = (HEAD + "".join(f"N{n},n{n}@shop.example,\n" for n in range(3))).encode()
    wanted = uploading.receive(io.BytesIO(raw), "x.csv", size=len(raw), by=OTTO)
    with pytest.raises(NotReadable):
        uploading.check(wanted, wanted.mapping, "auto", by=OTTO, may=EVERYTHING)
    attacks.tried("uploads", refused=True)
