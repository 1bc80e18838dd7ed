"""Acts on many customers: said before, done once, refused by name, taken back from exactly those whom they changed."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.backoffice.customers import bulk_jobs, bulk_pages
from portal.customers.models import Customer, CustomerStatus
from portal.customers.service import status
from portal.foundation.database import db
from portal.jobs.models import Job, JobProblem, JobState
from portal.jobs.service import advance_due
from portal.staff.models import RoleGrant
from portal.staff.rules import Permission
from tests import cast
from tests.backoffice.desk import at_desk
from tests.cast import Person

BULK = "/staff/customers/bulk"


@pytest.fixture
def clerk(browser):
    """Clara at her desk."""
    return at_desk(browser, "clerk")


def picked(act, ids):
    return f"{BULK}/{act}?" + "&".join(f"id={number}" for number in ids)


def the_job():
    db.session.expire_all()
    return db.session.scalars(sa.select(Job).order_by(Job.id.desc()).limit(1)).one()


def disabled():
    return sorted(db.session.scalars(sa.select(Customer.id).where(Customer.disabled_at.is_not(None))))


def problems():
    return [(row.subject, row.reason) for row in db.session.scalars(sa.select(JobProblem).order_by(JobProblem.id))]


def test_the_list_lets_staff_tick_rows_and_says_the_acts(people, clerk):
    page = clerk.open("/staff/customers").text
    assert page.count('name="id"') == 13
    for act in ("enable", "disable", "group", "audience"):
        assert f'formaction="{BULK}/{act}"' in page
    assert "select=all" in page


def test_the_second_step_means_all_that_match_and_keeps_the_filter(people, clerk):
    page = clerk.open("/staff/customers?q=nobody&select=all").text
    assert 'name="id"' not in page
    assert '<input type="hidden" name="select" value="all">' in page
    assert '<input type="hidden" name="q" value="nobody">' in page
    assert "All that match: 11 customers" in page


def test_the_page_before_says_number_effect_and_undo(people, clerk):
    page = clerk.open(picked("disable", people[:3])).text
    assert "Disable 3 customers?" in page
    assert "signed out everywhere" in page
    assert "You can undo this for 24 hours" in page
    assert disabled() == []


def test_ticked_customers_are_disabled_at_once(people, clerk, look):
    clerk.open(picked("disable", people[:3]))
    page = clerk.send("/disable", reason="Chargebacks")
    assert clerk.path.startswith("/staff/jobs/")
    assert "3 customers disabled." in page.text
    assert disabled() == people[:3]
    ann = look(people[0])
    assert (ann.disabled_reason, ann.disabled_by, ann.status) == ("Chargebacks", "Clara Clerk", CustomerStatus.DISABLED)
    assert ann.account.is_enabled is False


def test_a_reason_is_asked_for_and_what_was_ticked_is_kept(people, clerk):
    clerk.open(picked("disable", people[:2]))
    page = clerk.send("/disable", reason=" ")
    assert page.status_code == 422
    assert "Enter a reason" in page.text
    assert f'name="ids" value="{people[0]},{people[1]}"' in page.text
    assert disabled() == []


def test_undo_takes_it_back_from_exactly_those_whom_it_changed(people, clerk, look):
    status.disable(look(people[0]), "before", Actor(ActorKind.STAFF, None, "Somebody"))
    db.session.commit()
    clerk.open(picked("disable", people[:4]))
    page = clerk.send("/disable", reason="A slip")
    assert "3 customers disabled." in page.text
    assert "1 was so already." in page.text
    status.enable(look(people[3]), Actor(ActorKind.STAFF, None, "Somebody"))
    db.session.commit()
    clerk.open(clerk.path + "/undo")
    assert "This is about 3 customers." in clerk.page.text
    page = clerk.send("/undo")
    assert "Taken back from 2 customers." in page.text
    assert "1 was changed again since and stays so." in page.text
    assert disabled() == [people[0]]


def test_undo_is_pressed_once(people, clerk):
    clerk.open(picked("disable", people[:2]))
    clerk.send("/disable", reason="A slip")
    job = clerk.path
    clerk.open(job + "/undo")
    first = clerk.send("/undo")
    again = clerk.client.post(job + "/undo", data={"csrf_token": token(clerk, job)}, follow_redirects=True)
    assert again.request.path == first.request.path
    assert db.session.scalar(sa.select(sa.func.count(Job.id))) == 2
    assert "taken back" in clerk.open(job).text


def test_undo_ends_after_a_day(people, clerk):
    clerk.open(picked("disable", people[:2]))
    clerk.send("/disable", reason="Meant so")
    job = db.session.get_one(Job, the_job().id)
    job.finished_at -= timedelta(hours=25)
    db.session.commit()
    page = clerk.open(f"/staff/jobs/{job.id}")
    assert "/undo" not in page.text
    answer = clerk.client.post(f"/staff/jobs/{job.id}/undo", data={"csrf_token": token(clerk)})
    assert answer.status_code == 409
    assert len(disabled()) == 2


def token(browser, path="/staff/me"):
    return re.search(r'name="csrf_token" value="([^"]+)"', browser.open(path).text)[1]


def test_a_double_press_acts_once_and_leads_to_the_same_result(people, clerk):
    clerk.open(picked("disable", people[:2]))
    form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', clerk.page.text))
    data = {**form, "reason": "Twice"}
    first = clerk.client.post(f"{BULK}/disable", data=data)
    second = clerk.client.post(f"{BULK}/disable", data=data)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert db.session.scalar(sa.select(sa.func.count(Job.id))) == 1


def test_all_that_match_is_done_by_the_worker_over_the_filter_of_then(people, clerk, look, monkeypatch):
    monkeypatch.setattr(bulk_jobs, "BATCH", 4)
    clerk.open("/staff/customers?q=nobody&select=all")
    page = clerk.open(f"{BULK}/disable?select=all&q=nobody").text
    assert "Disable 11 customers?" in page
    assert "Everybody who fits: Search: nobody" in page
    page = clerk.send("/disable", reason="Closing the club").text
    assert "Waits for its turn" in page
    assert disabled() == []
    late = cast.customer(Person("Late", "Nobody", "late@demo.example"))
    advance_due()
    job = the_job()
    assert (job.state, job.total, job.done, job.result) == (JobState.DONE, 12, 12, {"changed": 12})
    assert late.id in disabled()
    assert people[0] not in disabled()
    assert "12 customers disabled." in clerk.open(clerk.path).text


def test_whoever_stops_matching_meanwhile_is_left_alone_and_told(people, clerk, look):
    clerk.open(f"{BULK}/disable?select=all&q=nobody")
    clerk.send("/disable", reason="Closing the club")
    claimed = bulk_jobs.service.running.claim()
    assert bulk_jobs.service.running._advance(claimed)  # notes whom
    ann = look(people[5])
    ann.search_text = "married meanwhile"
    db.session.commit()
    while bulk_jobs.service.running._advance(claimed):
        pass
    assert people[5] not in disabled()
    [(subject, reason)] = problems()
    assert subject == f"{ann.number} {ann.name}"
    assert reason == "No longer matches the filter, so nothing was changed."
    assert the_job().result == {"changed": 10}


def test_an_act_that_changes_what_the_filter_asks_reaches_everybody_once(people, clerk, monkeypatch):
    monkeypatch.setattr(bulk_jobs, "BATCH", 3)
    clerk.open(f"{BULK}/disable?select=all&status=enabled")
    clerk.send("/disable", reason="Closing")
    advance_due()
    assert disabled() == people
    assert the_job().result == {"changed": 13}
    assert problems() == []


def test_a_filter_that_is_not_understood_acts_on_nobody(people, clerk):
    assert clerk.open(f"{BULK}/disable?select=all&status=nonsense").status_code == 409
    group = cast.group()
    clerk.open(f"{BULK}/disable?select=all&group={group.id}")
    clerk.send("/disable", reason="Closing")
    db.session.delete(db.session.get_one(type(group), group.id))
    db.session.commit()
    advance_due()
    assert the_job().state is JobState.FAILED
    assert "not understood" in the_job().trouble
    assert disabled() == []


def test_to_mean_thousands_their_number_is_typed(people, clerk, monkeypatch):
    monkeypatch.setattr(bulk_pages, "TYPED_ABOVE", 10)
    clerk.open(f"{BULK}/disable?select=all&q=nobody")
    page = clerk.send("/disable", reason="Closing")
    assert page.status_code == 422
    assert "Type 11 to say that you mean all of them." in page.text
    clerk.send("/disable", reason="Closing", how_many="11")
    assert clerk.path.startswith("/staff/jobs/")


def test_a_member_who_lost_the_right_meanwhile_changes_nobody(people, clerk):
    clerk.open(f"{BULK}/disable?select=all&q=nobody")
    clerk.send("/disable", reason="Closing")
    db.session.execute(sa.delete(RoleGrant).where(RoleGrant.permission == Permission.CUSTOMER_MODIFY))
    db.session.commit()
    advance_due()
    job = the_job()
    assert (job.state, job.trouble) == (JobState.FAILED, "Clara Clerk may not do this any more.")
    assert disabled() == []
