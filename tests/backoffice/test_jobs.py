"""Pages of jobs: mine alone, their progress, what was refused, and their end."""

import csv
import io
import re

import pytest
import sqlalchemy as sa

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.backoffice import job_kinds
from portal.foundation.database import db
from portal.jobs.models import Job, JobState
from portal.jobs.service import advance_due, declaring, running, start
from portal.staff import queries as staff
from portal.staff.rules import Permission
from tests import cast
from tests.backoffice.desk import at_desk
from tests.jobs.counting import count

KIND = "tests.shown"


@pytest.fixture
def kind(app, monkeypatch):
    """A kind of job that counts and is told in words; gives what to change about it."""
    monkeypatch.setitem(declaring.KINDS, KIND, count)

    def told(**more):
        kind = job_kinds.Kind(lambda _: "Counting", lambda job: [f"{job.done} counted."], **more)
        monkeypatch.setitem(job_kinds._kinds, KIND, kind)

    told()
    return told


@pytest.fixture
def job_of(kind):
    """Start a job of a person of the staff."""

    def begin(person, **parameters):
        member = staff.by_email(person.email)
        by = Actor(ActorKind.STAFF, member.id, member.name)
        job = start(KIND, {"up_to": 35, **parameters}, by=by, total=35)
        db.session.commit()
        return job

    return begin


@pytest.fixture
def clerk(browser):
    """Clara at her desk."""
    return at_desk(browser, "clerk")


@pytest.fixture
def owner(browsers):
    """Otto at his."""
    return at_desk(browsers(), "owner")


def token(browser):
    return re.search(r'name="csrf_token" value="([^"]+)"', browser.open("/staff/me").text)[1]


def test_a_job_shows_how_far_it_is_and_asks_again_while_it_is_open(clerk, job_of):
    job = job_of(cast.CLARA)
    running._advance(running.claim())
    page = clerk.open(f"/staff/jobs/{job.id}").text
    assert "Running" in page
    assert "10 of 35" in page
    assert f'hx-get="/staff/jobs/{job.id}/progress"' in page
    assert "htmx.min.js" in page
    assert "Look again" in page
    part = clerk.open(f"/staff/jobs/{job.id}/progress").text
    assert "<html" not in part
    assert "10 of 35" in part


def test_a_job_that_is_over_says_what_came_of_it_and_asks_no_more(clerk, job_of):
    job = job_of(cast.CLARA)
    advance_due()
    page = clerk.open(f"/staff/jobs/{job.id}").text
    assert "35 counted." in page
    assert "Tens are refused." in page
    assert "hx-get" not in page
    assert "htmx" not in page


def test_refused_rows_are_paged_and_come_as_a_file(clerk, job_of):
    job = job_of(cast.CLARA, up_to=700)
    advance_due()
    page = clerk.open(f"/staff/jobs/{job.id}")
    assert page.text.count("Tens are refused.") == 50
    following = re.search(r'href="([^"]+)" rel="next"', page.text)[1].replace("&amp;", "&")
    assert clerk.open(following).text.count("Tens are refused.") == 20
    file = clerk.open(f"/staff/jobs/{job.id}/refused.csv")
    assert file.headers["Content-Disposition"] == f'attachment; filename="refused-{job.id}.csv"'
    rows = list(csv.reader(io.StringIO(file.text.lstrip("\ufeff"))))
    assert rows[0] == ["line", "about", "column", "value", "reason"]
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(10, 701, 10)]


def test_a_job_is_stopped_by_a_press(clerk, job_of):
    job = job_of(cast.CLARA)
    clerk.open(f"/staff/jobs/{job.id}")
    page = clerk.send("/cancel")
    assert "Stopping" in page.text
    advance_due()
    assert "Stopped" in clerk.open(f"/staff/jobs/{job.id}").text
    answer = clerk.client.post(f"/staff/jobs/{job.id}/cancel", data={"csrf_token": token(clerk)})
    assert answer.status_code == 303  # it was stopped already: the same answer


def test_stopping_what_is_over_is_told(clerk, job_of):
    job = job_of(cast.CLARA)
    advance_due()
    answer = clerk.client.post(f"/staff/jobs/{job.id}/cancel", data={"csrf_token": token(clerk)})
    assert answer.status_code == 409


def test_a_failed_job_says_why_and_waits_for_its_owner(clerk, job_of):
    job = job_of(cast.CLARA, stop_at=5)
    advance_due()
    assert "This number ends it." in clerk.open(f"/staff/jobs/{job.id}").text
    assert re.search(r'class="count count-bad">1<', clerk.open("/staff").text)


@pytest.mark.parametrize("page", ["", "/progress", "/refused.csv", "/undo"])
def test_a_job_of_somebody_else_is_nobodys(clerk, owner, job_of, page):
    job = job_of(cast.OTTO)
    assert clerk.open(f"/staff/jobs/{job.id}{page}").status_code == 404


@pytest.mark.parametrize("act", ["cancel", "undo"])
def test_a_job_of_somebody_else_is_not_stopped_or_taken_back(clerk, owner, job_of, act):
    job = job_of(cast.OTTO)
    answer = clerk.client.post(f"/staff/jobs/{job.id}/{act}", data={"csrf_token": token(clerk)})
    assert answer.status_code == 404
    assert db.session.get_one(Job, job.id).cancel_asked_at is None


def test_who_reads_the_audit_log_sees_everybodys_jobs(clerk, owner, job_of):
    job = job_of(cast.CLARA)
    assert "Counting" not in owner.open("/staff/jobs").text
    assert "Clara Clerk" in owner.open("/staff/jobs?whose=all").text
    assert owner.open(f"/staff/jobs/{job.id}").status_code == 200
    job_of(cast.OTTO)
    assert "Otto Owner" not in clerk.open("/staff/jobs?whose=all").text


def test_a_job_whose_right_was_lost_is_seen_no_more(clerk, job_of, kind):
    kind(permission=Permission.AUDIT_VIEW)
    job = job_of(cast.CLARA)
    assert clerk.open(f"/staff/jobs/{job.id}").status_code == 404


def test_a_job_that_cannot_be_undone_offers_no_undo(clerk, job_of):
    job = job_of(cast.CLARA)
    advance_due()
    assert "/undo" not in clerk.open(f"/staff/jobs/{job.id}").text
    assert clerk.open(f"/staff/jobs/{job.id}/undo").status_code == 409


def test_undo_pressed_twice_begins_one_job(clerk, job_of, kind):
    def take_back(job, by):
        return start(KIND, {"up_to": 1}, by=by, undoes=job)

    kind(undo=job_kinds.Undo(take_back, lambda _: ["All of it."]))
    job = job_of(cast.CLARA)
    advance_due()
    data = {"csrf_token": token(clerk)}
    cookies = clerk.client

    def press():
        return cookies.post(f"/staff/jobs/{job.id}/undo", data=data).headers["Location"]

    assert len({press(), press()}) == 1
    assert db.session.scalar(sa.select(sa.func.count(Job.id)).where(Job.undoes_id == job.id)) == 1


def test_a_kind_that_no_feature_claims_any_more_is_still_told(clerk, job_of, monkeypatch):
    job = job_of(cast.CLARA)
    advance_due()
    monkeypatch.delitem(job_kinds._kinds, KIND)
    page = clerk.open(f"/staff/jobs/{job.id}").text
    assert KIND in page
    assert "35 rows done." in page


def test_the_list_pages_by_key(clerk, job_of):
    jobs = [job_of(cast.CLARA) for _ in range(51)]
    page = clerk.open("/staff/jobs")
    assert page.text.count("/staff/jobs/") == 50
    following = re.search(r'href="([^"]+)" rel="next"', page.text)[1].replace("&amp;", "&")
    assert f"/staff/jobs/{jobs[0].id}" in clerk.open(following).text


def test_an_unknown_job_is_told(clerk):
    assert clerk.open("/staff/jobs/999").status_code == 404
    assert clerk.open("/staff/jobs/99999999999").status_code == 404


def test_states_have_words():
    assert set(job_kinds.STATES) == set(JobState)
