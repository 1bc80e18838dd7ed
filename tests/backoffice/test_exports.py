"""Exports: the ticked rows alone, masked numbers with a reason, and the word of a second member above a size."""

import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit.models import ActorKind, AuditEntry
from portal.audit.service import OPERATOR, Actor
from portal.customers.models import Statutory
from portal.customers.service import erasure, sealing
from portal.foundation import database
from portal.foundation.database import db
from portal.foundation.errors import Conflict
from portal.mail.models import OutboxMessage
from portal.staff.rules import OWNER, Permission
from portal.transfers.models import Export, ExportState
from portal.transfers.service import permitting
from tests import cast
from tests.backoffice.calling import enter, secret_of
from tests.browsing import Browser

PATH = "/staff/transfers"
FILE = f"{PATH}/export.csv"
EXPORTS = f"{PATH}/exports"
MAY_EXPORT = {Permission.CUSTOMER_VIEW, Permission.CUSTOMER_EXPORT}


@pytest.fixture
def people(app):
    return [cast.customer(person) for person in (cast.ANN, cast.BEN)]


@pytest.fixture
def owner(browser):
    return enter(browser, cast.OTTO, set(OWNER), "owner")


@pytest.fixture
def exporter(app):
    return enter(Browser(app), cast.CLARA, MAY_EXPORT, "exporter")


@pytest.fixture
def strict(shop_wants):
    """A shop in which nobody takes out more than one customer alone."""
    shop_wants(export_second_person=1)


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def entries(verb):
    db.session.expire_all()
    return list(db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == verb)))


def ask_for(browser, reason="For the printer of our calendars", **more):
    browser.open(f"{PATH}/export")
    return browser.send(format="csv", reason=reason, follow=False, **more)


def answer(browser, path, decision="approve", words=""):
    browser.open(path)
    return browser.send(decision=decision, answer=words, follow=False)


def test_ticked_customers_alone_are_exported_and_noted(owner, people):
    ann, _ben = people
    file = owner.open(f"{FILE}?id={ann.id}&q=ben")
    assert [row["customer_number"] for row in rows_of(file)] == ["T-ANN"]
    [entry] = entries("customers.exported")
    assert (entry.changes["rows"], entry.changes["filter"]) == ([None, 1], [None, "1 ticked customer"])


def test_the_list_offers_the_export_of_what_is_ticked_also_to_who_may_do_nothing_else(owner, exporter, people):
    for browser in (owner, exporter):
        for address in ("/staff/customers", "/staff/customers?select=all"):
            assert f'formaction="{FILE}"' in browser.open(address).text


@pytest.mark.parametrize("ids", ["ids=0", "select=ticked", "id=x", "ids=99999999999999999999", "id=%00"])
def test_ticks_that_name_nobody_export_nobody(owner, people, ids):
    assert owner.open(f"{FILE}?{ids}").status_code == 409


def test_masked_numbers_leave_only_with_a_reason_that_is_kept(owner, people):
    ann, _ben = people
    db.session.add(Statutory(customer_id=ann.id, pan=sealing.seal("ABCPE1234F"), state_of_registration="MH"))
    db.session.commit()
    assert "pan" not in rows_of(owner.open(FILE))[0]
    assert ask_for(owner, reason="", masked="1").status_code == 422
    mine = ask_for(owner, masked="1").headers["Location"]
    assert "In plain text" in owner.open(mine).text
    told = {row["customer_number"]: row for row in rows_of(owner.open(f"{mine}/file"))}
    assert (told["T-ANN"]["pan"], told["T-ANN"]["state_of_registration"]) == ("ABCPE1234F", "MH")
    assert told["T-BEN"]["pan"] == ""
    _plain, entry = entries("customers.exported")
    assert (entry.reason, entry.changes["masked"]) == ("For the printer of our calendars", [None, True])


def test_masked_numbers_need_the_right_to_see_them(exporter, people):
    assert 'name="masked"' not in exporter.open(f"{PATH}/export").text
    assert ask_for(exporter, masked="1").status_code == 403


def test_of_a_large_file_the_log_has_the_number_once_all_of_it_was_taken(owner, people, monkeypatch):
    monkeypatch.setattr(permitting, "COUNTED", 1)
    assert len(rows_of(owner.open(FILE))) == 2
    assert entries("customers.exported")[0].changes["rows"] == [None, "More than 1"]
    [ended] = entries("customers.export_ended")
    assert ended.changes == {"rows": [None, 2]}


def test_small_exports_need_nobody_else(owner, people, strict):
    assert len(rows_of(owner.open(f"{FILE}?q=ben"))) == 1


def test_a_large_export_leaves_after_somebody_else_approved_it(owner, exporter, people, strict):
    assert "second member of staff approves" in exporter.open(FILE).text
    assert exporter.path == f"{PATH}/export"
    mine = ask_for(exporter).headers["Location"]
    assert "Somebody else has to decide" in exporter.open(mine).text
    assert exporter.open(f"{mine}/file").status_code == 409
    assert "For the printer" in owner.open(mine).text
    assert "Waits for approval" in owner.open(EXPORTS).text
    assert answer(owner, mine).status_code == 303
    assert owner.open(f"{mine}/file").status_code == 403
    assert [row["customer_number"] for row in rows_of(exporter.open(f"{mine}/file"))] == ["T-ANN", "T-BEN"]
    [mail] = db.session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "transfers.export_decided"))
    assert mail.to == cast.CLARA.email
    verbs = ("customers.export_asked", "customers.export_approved", "customers.exported")
    assert [len(entries(verb)) for verb in verbs] == [1, 1, 1]
    assert entries("customers.exported")[0].reason == "For the printer of our calendars"


def test_nobody_decides_about_their_own(exporter, people, strict):
    mine = ask_for(exporter).headers["Location"]
    exporter.open(f"{PATH}/export")
    sent = {"csrf_token": secret_of(exporter), "decision": "approve"}
    assert exporter.client.post(mine, data=sent).status_code == 403
    assert db.session.scalar(sa.select(Export.state)) == ExportState.WAITING


def test_who_declines_says_why_and_the_file_stays_here(owner, exporter, people, strict):
    mine = ask_for(exporter).headers["Location"]
    assert answer(owner, mine, "decline").status_code == 422
    assert answer(owner, mine, "nonsense").status_code == 422
    assert answer(owner, mine, "decline", "Use the audience instead").status_code == 303
    assert "Use the audience instead" in exporter.open(mine).text
    assert exporter.open(f"{mine}/file").status_code == 409


def test_of_two_decisions_the_first_counts_and_the_second_is_told(owner, exporter, people, strict):
    mine = ask_for(exporter).headers["Location"]
    owner.open(mine)
    sent = {"csrf_token": secret_of(owner), "decision": "decline", "answer": "No"}
    assert answer(owner, mine).status_code == 303
    late = owner.client.post(mine, data=sent)
    assert late.status_code == 409
    assert "approved this meanwhile" in late.text
    assert [len(entries(f"customers.export_{verb}")) for verb in ("approved", "declined")] == [1, 0]


def test_eight_decisions_at_the_same_moment_are_one(app, exporter, people, strict, at_once):
    ask_for(exporter)
    export_id = db.session.scalar(sa.select(Export.id))

    def decide(place):
        by = Actor(ActorKind.STAFF, 1000 + place, f"Member {place}")
        with app.app_context():
            try:
                with database.transaction():
                    row = db.session.get(Export, export_id)
                    permitting.decline(row, "No", by=by) if place % 2 else permitting.approve(row, by=by)
            except Conflict:
                return False
            return True

    results = at_once(*[lambda place=place: decide(place) for place in range(8)])
    assert results.count(True) == 1
    assert sum(len(entries(f"customers.export_{verb}")) for verb in ("approved", "declined")) == 1
    kind = OutboxMessage.kind == "transfers.export_decided"
    assert len(db.session.scalars(sa.select(OutboxMessage).where(kind)).all()) == 1


def test_the_mail_names_who_decided_and_leads_to_the_file(owner, exporter, people, strict, mailbox):
    mine = ask_for(exporter).headers["Location"]
    answer(owner, mine)
    [mail] = [one for one in mailbox() if one["Subject"] == "Your export is approved"]
    text = mail.get_body(("plain",)).get_content()
    assert "Otto Owner decided about the export of 2 customers" in " ".join(text.split())
    assert mine in text


@pytest.mark.parametrize("state", list(ExportState))
def test_what_ran_out_is_neither_decided_nor_taken(owner, exporter, people, strict, state):
    mine = ask_for(exporter).headers["Location"]
    row = db.session.scalars(sa.select(Export)).one()
    row.state, row.expires_at = state, row.asked_at - timedelta(seconds=1)
    db.session.commit()
    assert 'name="decision"' not in owner.open(mine).text
    owner.open(f"{PATH}/export")
    sent = {"csrf_token": secret_of(owner), "decision": "approve"}
    assert owner.client.post(mine, data=sent).status_code == 409
    assert exporter.open(f"{mine}/file").status_code == 409


def test_what_grew_far_beyond_the_approved_is_asked_for_anew(owner, exporter, people, strict, monkeypatch):
    mine = ask_for(exporter).headers["Location"]
    answer(owner, mine)
    monkeypatch.setattr(permitting, "SLACK", -1)
    assert exporter.open(f"{mine}/file").status_code == 409


def test_what_needed_nobody_when_it_was_small_waits_once_it_is_large(owner, people, shop_wants):
    mine = ask_for(owner).headers["Location"]
    shop_wants(export_second_person=1)
    assert owner.open(f"{mine}/file").status_code == 409


def test_a_month_later_only_the_audit_log_remembers(exporter, people, strict):
    ask_for(exporter)
    row = db.session.scalars(sa.select(Export)).one()
    row.expires_at -= permitting.KEPT + permitting.WAITS_FOR
    db.session.commit()
    permitting.sweep()
    assert db.session.scalars(sa.select(Export)).all() == []
    assert len(entries("customers.export_asked")) == 1


def test_an_export_asked_for_by_somebodys_name_goes_when_they_are_erased(owner, people):
    ann, _ben = people
    owner.open(f"{PATH}/export?q=ann@demo.example")
    owner.send(format="csv", reason="A letter to each")
    ask_for(owner, reason=f"Instead of {cast.BEN.telephone or cast.BEN.email}")
    with database.transaction():
        erasure.erase(ann, by=OPERATOR, reason="Asked by letter")
    assert [row.said for row in db.session.scalars(sa.select(Export))] == [""]


@pytest.mark.parametrize("path", ["/4711", "/0", "/99999999999999999999", "/4711/file"])
def test_an_export_that_is_none_is_not_found(owner, path):
    assert owner.open(EXPORTS + path).status_code == 404


def test_a_form_that_says_nonsense_is_told_so(owner, people):
    owner.open(f"{PATH}/export")
    sent = owner.send(format="pdf", reason="x" * 10_000)
    assert sent.status_code == 422
    assert db.session.scalars(sa.select(Export)).all() == []
