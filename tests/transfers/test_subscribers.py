"""Subscribers out of a file: on a declared basis, nobody mailed, nobody brought back, every row accounted for."""

import io
from datetime import date

import pytest
import sqlalchemy as sa

from portal.audit.service import SYSTEM
from portal.foundation.database import db
from portal.foundation.files import StoredFile
from portal.jobs.models import Job, JobProblem, JobState
from portal.jobs.service import running
from portal.mail.models import OutboxMessage
from portal.mail.service import suppress
from portal.newsletter import queries
from portal.newsletter.models import Audience, ConsentEvent, ConsentImport, Subscription, SubscriptionState
from portal.newsletter.service import forgetting
from portal.transfers.service import checking, subscribers
from tests.backoffice.desk import at_desk
from tests.browsing import Forms
from tests.hostile.test_imports import TABLE, placed, workbook
from tests.newsletter.ledger import ZOE, join, state
from tests.newsletter.people import subscriber

BASIS = "Signed at the fair; slips in the office"


@pytest.fixture
def mark(browser):
    return at_desk(browser, "marketing")


def path():
    return f"/staff/audiences/{queries.default_audience().id}/import"


def upload(mark, text, *, basis=BASIS, given_on="2026-03-01", name="fair.csv"):
    mark.open(path())
    data = text if isinstance(text, bytes) else text.encode()
    return mark.send(path(), file=(io.BytesIO(data), name), basis=basis, given_on=given_on)


def brought_in(mark, text, **more):
    """Upload, press, and let the worker do it; returns the job."""
    upload(mark, text, **more)
    mark.send()
    while running.advance_due():
        pass
    db.session.expire_all()
    return db.session.scalars(sa.select(Job).order_by(Job.id.desc())).first()


def problems():
    return {row.subject: row.reason for row in db.session.scalars(sa.select(JobProblem).order_by(JobProblem.id))}


def test_new_addresses_are_subscribed_with_the_basis_and_nobody_is_mailed(mark):
    job = brought_in(mark, "Name;E-Mail\nZoe;Zoe@Demo.example\nYan;yan@demo.example\n")
    assert (job.state, job.done, job.refused, job.result) == (JobState.DONE, 2, 0, {"added": 2})
    assert (state(ZOE), state("yan@demo.example")) == ("active", "active")
    assert queries.of_email(ZOE)[0].email == "Zoe@demo.example"
    [declared] = db.session.scalars(sa.select(ConsentImport))
    assert (declared.basis, declared.given_on, declared.who) == (BASIS, date(2026, 3, 1), "Mark Marketing")
    events = db.session.scalars(sa.select(ConsentEvent)).all()
    assert {(event.action.value, event.source.value, event.import_id) for event in events} == {
        ("import", "import", declared.id)
    }
    assert events[0].at.date() == date(2026, 3, 1)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 0


def test_nobody_who_decided_before_is_brought_back(mark, browsers, mailbox):
    for name in ("unsubscribed", "cleaned", "complained", "pending"):
        subscriber(f"{name}@demo.example", SubscriptionState(name))
    suppress("suppressed@demo.example", "bounced")
    browsers().client.post(join(browsers(), mailbox), data={"List-Unsubscribe": "One-Click"})
    forgetting.forget([ZOE], by=SYSTEM)
    db.session.delete(queries.of_email(ZOE)[0])
    db.session.commit()
    names = ("unsubscribed", "cleaned", "complained", "pending", "suppressed", "zoe")
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Subscription))
    job = brought_in(mark, "email\n" + "".join(f"{name}@demo.example\n" for name in names))
    assert (job.done, job.refused, job.result) == (6, 6, {})
    assert set(problems()) == {f"{name}@demo.example" for name in names}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Subscription)) == before
    assert state("complained@demo.example") == "complained"


def test_every_row_is_accounted_for_step_by_step(mark, monkeypatch):
    monkeypatch.setattr(subscribers, "AT_ONCE", 3)
    subscriber("p1@demo.example")
    rows = [f"p{number}@demo.example" for number in range(8)] + ["p0@demo.example", "no address", "", "a@b@c.example"]
    job = brought_in(mark, "nr,email\n" + "".join(f"{place},{row}\n" for place, row in enumerate(rows)))
    assert job.done == len(rows)
    assert job.refused == 3
    assert sum(job.result.values()) + job.refused == job.done
    assert job.result == {"added": 7, "known": 2}


def test_the_preview_says_what_will_happen_before_it_does(mark):
    subscriber("left@demo.example", SubscriptionState.UNSUBSCRIBED)
    page = upload(mark, "email\nzoe@demo.example\nleft@demo.example\nno address\n")
    assert page.status_code == 200
    assert "Left this audience before" in page.text
    assert "This is no email address" in page.text
    assert state(ZOE) is None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("email\nzoe@demo.example\n", {"basis": ""}),
        ("email\nzoe@demo.example\n", {"basis": "\0"}),
        ("email\nzoe@demo.example\n", {"given_on": ""}),
        ("email\nzoe@demo.example\n", {"given_on": "2999-01-01"}),
        ("email\nzoe@demo.example\n", {"given_on": "yesterday"}),
        ("name\nZoe\n", {}),
        ("", {}),
        ("email\n", {}),
        (b"\x00\xff\xfe\x00", {}),
    ],
)
def test_without_basis_day_or_table_nothing_begins(mark, text, more):
    page = upload(mark, text, **more)
    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0


def test_pressing_twice_imports_once(mark, browsers):
    upload(mark, "email\nzoe@demo.example\n")
    page = mark.page
    mark.send()
    mark.page, mark.address = page, path()
    mark.send()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 1


def test_a_clerk_imports_nobody(browser):
    at_desk(browser, "clerk")
    assert browser.open(path()).status_code == 403
    assert browser.client.post(f"{path()}/1", data={}).status_code in (400, 403)


def test_a_workbook_that_asks_for_half_a_terabyte_is_refused_at_its_field(mark):
    raw = workbook(placed(*TABLE, ("XFD1048576", "x")))
    page = upload(mark, raw, name="fair.xlsx")
    assert page.status_code == 422
    assert "Cell XFD1048576 lies far outside" in page.text


def test_a_file_is_imported_by_who_uploaded_it_into_the_audience_it_was_looked_at_for(mark, browsers):
    upload(mark, "email\nzoe@demo.example\n")
    [form] = [form for form in Forms(mark.page.text).forms if "seal" in form["fields"]]
    number, elsewhere = form["action"].rsplit("/", 1)[1], Audience(name="Wine", slug="wine")
    db.session.add(elsewhere)
    db.session.commit()
    mark.open(path())
    other = at_desk(browsers(), "owner")
    other.open(path())
    for browser, address, changed in (
        (other, form["action"], {}),
        (mark, f"/staff/audiences/{elsewhere.id}/import/{number}", {}),
        (mark, form["action"], {"seal": ""}),
        (mark, form["action"], {"seal": form["fields"]["seal"][:-4] + "AAAA"}),
    ):
        token = next(f["fields"]["csrf_token"] for f in Forms(browser.page.text).forms if "csrf_token" in f["fields"])
        told = form["fields"] | {"csrf_token": token} | changed
        assert browser.client.post(address, data=told).status_code == 404
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0


def test_a_file_of_customers_is_none_of_subscribers(mark):
    upload(mark, "email\nzoe@demo.example\n")
    db.session.execute(sa.update(StoredFile).values(purpose=checking.PURPOSE))
    assert mark.send().status_code == 404
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0
