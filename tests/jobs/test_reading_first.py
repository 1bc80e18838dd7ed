"""A job that reads first what its step needs, and keeps nobody from writing meanwhile."""

import pytest
import sqlalchemy as sa

from portal.foundation.database import db
from portal.foundation.errors import Conflict
from portal.jobs.models import Job, JobState
from portal.jobs.service import advance_due, declaring, running
from tests.jobs.counting import ALL_BUT_TENS, KIND, count


@pytest.fixture
def looked(step, monkeypatch):
    """Have counting look first; call it with what happens while it looks."""

    def replace(meanwhile=lambda _job: None):
        looks = []

        def look(job):
            assert db.session.info["reading"]  # keeps nobody from writing
            looks.append(job.cursor.get("number", 0))
            meanwhile(job)
            return looks[-1]

        def go_on(job, found):
            assert found == job.cursor.get("number", 0)
            return count(job)

        monkeypatch.setitem(declaring.LOOKS, KIND, (look, go_on))
        step(lambda job: go_on(job, look(job)))
        return looks

    return replace


def test_what_a_step_needs_is_read_before_it_keeps_others_from_writing(looked, counting, counted, seen):
    looks = looked()
    job = counting()
    assert advance_due() == 1
    assert (looks, seen(job).state) == ([0, 10, 20, 30], JobState.DONE)
    assert counted(job) == ALL_BUT_TENS


def test_what_was_read_for_a_job_that_another_worker_took_meanwhile_is_forgotten(looked, counting, seen, clock):
    def taken(job):
        with db.engine.begin() as connection:  # somebody else; no lock is in their way
            connection.execute(sa.update(Job).where(Job.id == job.id).values(tries=Job.tries + 1))

    looks = looked(taken)
    job = counting()
    assert not running._advance(running.claim())
    assert (looks, seen(job).done) == ([0], 0)


def test_a_look_that_is_refused_ends_the_job_in_words(looked, counting, seen):
    def refuse(_job):
        raise Conflict("Nothing to look at.")

    looked(refuse)
    job = counting()
    advance_due()
    assert (seen(job).state, seen(job).trouble) == (JobState.FAILED, "Nothing to look at.")
