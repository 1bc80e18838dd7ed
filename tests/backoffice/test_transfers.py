"""Staff bring customers in from files and take them out: the pages, who may open them, and what is kept of it."""

import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import SignInSession
from portal.audit.models import AuditEntry
from portal.customers import queries as customers
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.jobs.service import advance_due
from portal.staff.rules import CLERK, OWNER, Permission
from portal.transfers.models import Import
from portal.transfers.service import uploading
from tests import cast
from tests.backoffice.calling import enter

PATH = "/staff/transfers"
TABLE = "first_name,last_name,email\nPriya,Raman,priya@shop.example\nAnne,,ann@demo.example\nBad,One,nonsense\n"


@pytest.fixture
def owner(browser):
    return enter(browser, cast.OTTO, set(OWNER), "owner")


@pytest.fixture
def clerk(browser):
    return enter(browser, cast.CLARA, set(CLERK))


def upload(browser, content=TABLE, name="people.csv"):
    file = (io.BytesIO(content.encode() if isinstance(content, str) else content), name)
    data = {"csrf_token": token_of(browser), "preset": "auto", "file": file}
    return browser.client.post(PATH, data=data, content_type="multipart/form-data")


def token_of(browser):
    return browser.open(PATH).text.partition('name="csrf_token" value="')[2].partition('"')[0]


def post(browser, path, **fields):
    return browser.client.post(path, data={"csrf_token": token_of(browser), **fields})


def test_rows_that_are_left_out_keep_to_their_columns_however_long_they_are(owner):
    mine = upload(owner, "email,name,address\n,Al\nb@shop.example,Bo,2, MG Road\n").headers["Location"]
    post(owner, f"{mine}/columns", column_0="email", column_1="full_name", column_2="address_1", key="auto")
    advance_due()
    head, short, long = csv.reader(io.StringIO(owner.open(f"{mine}/refused.csv").data.decode("utf-8-sig")))
    assert dict(zip(head, short, strict=True))["name"] == "Al"
    assert dict(zip(head, short, strict=True))["line"] == "2"
    assert (long[:4], long[6:]) == (["b@shop.example", "Bo", "2", "3"], [" MG Road"])


def test_the_preview_shows_telephones_as_they_were_read(owner):
    table = "first_name,last_name,email,telephone,country\nBo,Norman,bo@shop.example,(502) 211-1199,US\n"
    mine = upload(owner, table).headers["Location"]
    columns = {f"column_{place}": name for place, name in enumerate(table.splitlines()[0].split(","))}
    post(owner, f"{mine}/columns", **columns, key="auto")
    advance_due()
    assert "+1 502-211-1199" in owner.open(f"{mine}?show=new").text


def test_a_file_goes_all_the_way_and_back(owner):
    cast.customer(cast.ANN)
    answer = upload(owner)
    assert answer.status_code == 303
    mine = answer.headers["Location"]
    assert "Match columns" in owner.open(mine).text
    columns = {"column_0": "first_name", "column_1": "last_name", "column_2": "email", "key": "email"}
    assert post(owner, f"{mine}/columns", **columns).status_code == 303
    advance_due()
    page = owner.open(mine).text
    assert "Import 2 customers" in page
    assert "Anne" in page
    assert "nonsense" in owner.open(f"{mine}?show=problem").text
    refused = list(csv.reader(io.StringIO(owner.open(f"{mine}/refused.csv").data.decode("utf-8-sig"))))
    assert refused[1][:5] == ["Bad", "One", "nonsense", "4", "email"]
    begun = post(owner, f"{mine}/import")
    assert begun.headers["Location"].startswith("/staff/jobs/")
    advance_due()
    assert customers.by_email("priya@shop.example") is not None
    job = begun.headers["Location"]
    assert "1 new customer" in owner.open(job).text
    assert post(owner, f"{job}/undo").status_code == 303
    advance_due()
    db.session.expire_all()
    assert customers.by_email("priya@shop.example") is None
    assert customers.by_email("ann@demo.example").first_name == "Ann"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"first_name\n", b"\x81\x8d\x00"])
def test_what_is_no_table_is_told_at_the_field(owner, content):
    answer = upload(owner, content)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text
    assert db.session.scalars(sa.select(Import)).all() == []


@pytest.mark.parametrize(
    "columns",
    [
        {"column_0": "email", "column_1": "email", "column_2": "", "key": "auto"},
        {"column_0": "first_name", "column_1": "", "column_2": "", "key": "auto"},
        {"column_0": "nonsense", "column_1": "", "column_2": "email", "key": "auto"},
        {"column_0": "", "column_1": "", "column_2": "email", "key": "external_id"},
        {},
    ],
)
def test_columns_that_do_not_suffice_are_told(owner, columns):
    mine = upload(owner).headers["Location"]
    assert post(owner, f"{mine}/columns", **columns).status_code == 422


def test_an_import_begins_once_and_never_before_its_check(owner):
    mine = upload(owner).headers["Location"]
    assert post(owner, f"{mine}/import").status_code == 409
    columns = {"column_0": "first_name", "column_1": "last_name", "column_2": "email", "key": "auto"}
    post(owner, f"{mine}/columns", **columns)
    advance_due()
    assert [post(owner, f"{mine}/import").status_code for _ in range(2)] == [303, 409]


def test_the_export_holds_exactly_what_the_list_shows_and_is_noted(owner):
    cast.customer(cast.ANN)
    cast.customer(cast.BEN)
    assert "export.csv?q=ben" in owner.open("/staff/customers?q=ben").text
    answer = owner.open(f"{PATH}/export.csv?q=ben")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == ["T-BEN"]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="customers.csv"'
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "customers.exported")).one()
    assert entry.changes["rows"] == [None, 1]
    assert "ben" in entry.changes["filter"][1]
    assert owner.open(f"{PATH}/export.xlsx").data.startswith(b"PK")
    assert owner.open(f"{PATH}/export.pdf").status_code == 404


def test_a_filter_that_is_not_understood_exports_nobody(owner):
    assert owner.open(f"{PATH}/export.csv?group=4711").status_code == 409


def test_without_the_rights_nothing_opens(clerk):
    for path in (PATH, f"{PATH}/1", f"{PATH}/1/refused.csv", f"{PATH}/export.csv", f"{PATH}/export.xlsx"):
        assert clerk.open(path).status_code == 403
    assert "export.csv" not in clerk.open("/staff/customers").text


@pytest.mark.parametrize("path", ["/4711", "/0", "/99999999999999999999", "/4711/refused.csv"])
def test_an_import_that_is_none_is_not_found(owner, path):
    assert owner.open(PATH + path).status_code == 404


@pytest.mark.parametrize("query", ["show=x", "after=-1", "after=99999999999999999999", "after=%00", "columns=1"])
def test_nonsense_in_the_address_leads_to_the_page(owner, query):
    mine = upload(owner).headers["Location"]
    columns = {"column_0": "first_name", "column_1": "last_name", "column_2": "email", "key": "auto"}
    post(owner, f"{mine}/columns", **columns)
    advance_due()
    assert owner.open(f"{mine}?{query}").status_code == 200


def test_a_file_of_many_megabytes_is_taken_and_one_past_the_limit_is_refused(owner, monkeypatch):
    line = b"Priya,Raman,priya@shop.example\n"
    table = b"first_name,last_name,email\n" + line * (6 * 1024 * 1024 // len(line))
    fields = {"csrf_token": token_of(owner).encode(), "preset": b"auto", 'file"; filename="people.csv': table}
    # Written out: the client of the tests would leave a large body's file open.
    parts = [
        b'--edge\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (n.encode(), v)
        for n, v in fields.items()
    ]
    body, kind = b"".join([*parts, b"--edge--\r\n"]), "multipart/form-data; boundary=edge"
    assert owner.client.post(PATH, data=body, content_type=kind).status_code == 303
    monkeypatch.setattr(uploading, "MOST_BYTES", 1024 * 1024)
    refused = owner.client.post(PATH, data=body, content_type=kind)
    assert refused.status_code == 422
    assert 'id="file-error"' in refused.text


SECRETS = ("$2b$12$" + "a" * 53, "AAPFU0939F")
WITH_SECRETS = f"first_name,email,password_hash,pan,gstin\nBad,nonsense,{','.join(SECRETS)},27AAPFU0939F1ZV\n"


@pytest.mark.parametrize(("may_reveal", "shown"), [(True, ["AAPFU0939F", "27AAPFU0939F1ZV"]), (False, ["", ""])])
def test_refused_rows_go_out_without_hashes_and_numbers_and_are_noted(browser, may_reveal, shown):
    member = enter(browser, cast.OTTO, set(OWNER) - (set() if may_reveal else {Permission.CUSTOMER_REVEAL}), "importer")
    mine = upload(member, WITH_SECRETS).headers["Location"]
    fields = ("first_name", "email", "password_hash", "pan", "gstin")
    post(member, f"{mine}/columns", key="email", **{f"column_{n}": name for n, name in enumerate(fields)})
    file = member.open(f"{mine}/refused.csv")
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert rows[1][:5] == ["Bad", "nonsense", "", *shown]
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "customers.refused_exported")).one()
    assert (entry.actor_name, entry.changes["rows"]) == ("Otto Owner", [None, 1])


def test_refused_rows_ask_once_more_who_is_at_the_keyboard(owner):
    mine = upload(owner, WITH_SECRETS).headers["Location"]
    past = now() - timedelta(minutes=6)
    db.session.execute(sa.update(SignInSession).values(authenticated_at=past))
    assert "/staff/confirm" in owner.client.get(f"{mine}/refused.csv").headers["Location"]


def test_a_number_of_the_state_that_is_refused_is_shown_masked(owner):
    mine = upload(owner, "email,gstin\na@shop.example,27AAPFU0939F1ZX\n").headers["Location"]
    post(owner, f"{mine}/columns", key="email", column_0="email", column_1="gstin")
    page = owner.open(f"{mine}?show=problem").text
    assert "•••• 1ZX" in page
    assert "27AAPFU0939F1ZX" not in page
