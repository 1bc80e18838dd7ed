"""Asking for the end of a job: after the step in hand, and never of one that is over."""

import pytest

from portal.foundation.database import db
from portal.foundation.errors import Conflict
from portal.jobs.models import Job, JobState
from portal.jobs.service import advance_due, cancel, running


def test_a_job_stops_after_the_step_in_hand_when_asked_to(counting, counted, seen):
    job = counting()
    claimed = running.claim()
    running._advance(claimed)
    cancel(job)
    db.session.commit()
    assert not running._advance(claimed)
    assert (seen(job).state, seen(job).done, counted(job)[-1]) == (JobState.CANCELLED, 10, 9)


def test_a_job_that_waits_for_its_next_try_is_cancelled_at_once(step, counting, seen, clock):
    def breaks(job):
        raise ZeroDivisionError

    step(breaks)
    job = counting()
    advance_due()
    cancel(seen(job))
    db.session.commit()
    advance_due()
    assert seen(job).state is JobState.CANCELLED


def test_cancelling_twice_is_harmless_and_cancelling_what_is_over_is_told(counting, seen):
    job = counting()
    cancel(job)
    cancel(job)
    db.session.commit()
    advance_due()
    assert seen(job).state is JobState.CANCELLED
    over = counting(up_to=3)
    advance_due()
    with pytest.raises(Conflict):
        cancel(over)


def test_cancelling_at_the_moment_of_the_last_step_leaves_one_truth(app, counting, at_once, seen):
    job = counting(up_to=5)

    def stop():
        with app.app_context():
            try:
                cancel(db.session.get_one(Job, job.id))
                db.session.commit()
            except Conflict:
                db.session.rollback()
                return "over"
            return "asked"

    def work():
        with app.app_context():
            return advance_due()

    said, _ = at_once(stop, work)
    while advance_due():
        pass
    ended = seen(job)
    assert not ended.is_open
    if said == "over":
        assert ended.state is JobState.DONE
    else:
        assert ended.cancel_asked_at is not None
