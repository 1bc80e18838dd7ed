"""Doing jobs: step by step, never twice, and to an end that is told."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict
from portal.jobs import queries
from portal.jobs.models import Job, JobItem, JobProblem, JobState, Outcome
from portal.jobs.service import advance_due, changed, do_now, forget_old, note, running, settle, start, take
from portal.stores.models import Store
from tests.jobs.conftest import OTTO
from tests.jobs.counting import ALL_BUT_TENS, KIND, TENS, count

LEASE = running.LEASE + timedelta(seconds=1)


def test_a_job_does_all_its_steps_and_says_what_came_of_it(counting, counted, seen):
    job = counting()
    assert advance_due() == 1
    assert counted(job) == ALL_BUT_TENS
    done = seen(job)
    assert (done.state, done.done, done.refused, done.result) == (JobState.DONE, 35, 3, {"last": 35})
    assert done.started_at is not None
    assert done.finished_at is not None
    assert advance_due() == 0


def test_a_job_whose_beginning_was_rolled_back_is_never_done(step):
    start(KIND, {"up_to": 3}, by=OTTO)
    db.session.rollback()
    assert advance_due() == 0


def test_rows_that_were_refused_are_told_in_the_order_of_the_work(counting):
    job = counting()
    advance_due()
    page = queries.problems(job.id, size=2)
    assert [(row.line, row.subject, row.column, row.value) for row in page.rows] == [
        (10, "no. 10", "number", "10"),
        (20, "no. 20", "number", "20"),
    ]
    assert [row.line for row in queries.problems(job.id, after=page.after).rows] == [30]


def test_a_refused_row_may_hold_what_no_column_does(step, counting, seen):
    def refuse(job):
        running.problem(job, "No.\0", subject="s" * 1000, column="c" * 1000, value="\0" + "v" * 10_000)
        return False

    step(refuse)
    job = counting()
    advance_due()
    [row] = queries.problems(job.id).rows
    assert seen(job).state is JobState.DONE
    assert (len(row.subject), len(row.column), row.value[:2], row.reason) == (255, 120, "␀v", "No.␀")


def test_a_refusal_of_the_domain_ends_the_job_with_its_words(counting, counted, seen):
    job = counting(stop_at=25)
    advance_due()
    ended = seen(job)
    assert (ended.state, ended.trouble) == (JobState.FAILED, "This number ends it.")
    assert (ended.done, ended.refused) == (20, 2)
    assert counted(job)[-1] == 19  # what the step had done before is undone with it
    assert queries.count_failed(1) == 1


def test_a_step_that_breaks_is_tried_again_and_leaves_nothing_half_done(step, counting, counted, seen, clock):
    turns = []

    def breaks_once(job):
        more = count(job)
        turns.append(job.done)
        if len(turns) == 2:
            raise OSError("the disk is away")
        return more

    step(breaks_once)
    job = counting()
    advance_due()
    assert (seen(job).state, seen(job).done, counted(job)[-1]) == (JobState.RUNNING, 10, 9)
    assert advance_due() == 0
    clock.shift(running.PAUSES[0])
    advance_due()
    assert (seen(job).state, seen(job).broke) == (JobState.DONE, 0)
    assert counted(job) == ALL_BUT_TENS
    assert turns == [10, 20, 20, 30, 35]


def test_the_log_says_why_a_step_broke_and_staff_are_told_where_to_look(step, counting, seen, clock, caplog):
    step(lambda _job: 1 // 0)
    job = counting()
    for pause in (*running.PAUSES, timedelta(0)):
        advance_due()
        clock.shift(pause)
    assert caplog.text.count(f"A step of job {job.id} broke.") == len(running.PAUSES) + 1
    assert "ZeroDivisionError" in caplog.text
    assert "ZeroDivisionError" not in seen(job).trouble
    assert f"at job {job.id}" in seen(job).trouble


def test_a_step_that_always_breaks_ends_the_job_and_keeps_what_was_done(step, counting, counted, seen, clock):
    def breaks(job):
        more = count(job)
        if job.done > 20:
            raise ZeroDivisionError
        return more

    step(breaks)
    job = counting()
    for pause in (*running.PAUSES, timedelta(0)):
        assert advance_due() == 1
        clock.shift(pause)
    assert advance_due() == 0
    assert seen(job).state is JobState.FAILED
    told = "A step broke several times. What was done before it stays. The log of the server says why, at job"
    assert seen(job).trouble == f"{told} {job.id}."
    assert counted(job)[-1] == 19
    assert seen(job).refused == 2


def test_a_kind_that_nobody_runs_fails_in_words(app, seen, clock):
    job = start("tests.unknown", {}, by=OTTO)
    db.session.commit()
    for pause in (*running.PAUSES, timedelta(0)):
        advance_due()
        clock.shift(pause)
    assert seen(job).state is JobState.FAILED


def test_a_claim_left_behind_is_taken_up_where_the_last_stored_step_ended(counting, counted, seen, clock):
    job = counting()
    claimed = running.claim()
    assert running._advance(claimed)
    assert advance_due() == 0  # somebody is at it
    clock.shift(LEASE)
    assert advance_due() == 1
    assert seen(job).state is JobState.DONE
    assert counted(job) == ALL_BUT_TENS


def test_a_worker_that_comes_back_late_does_nothing_more(counting, counted, seen, clock):
    job = counting()
    late = running.claim()
    clock.shift(LEASE)
    assert running._advance(running.claim())
    assert not running._advance(late)
    assert seen(job).done == 10
    assert counted(job)[-1] == 9


def test_a_late_worker_cannot_fail_or_put_off_what_another_has(counting, seen, clock):
    job = counting()
    late = running.claim()
    clock.shift(LEASE)
    running.claim()
    running._fail(late, "late")
    running._put_off(late)
    running._give_way(late)
    assert (seen(job).state, seen(job).trouble, seen(job).broke) == (JobState.QUEUED, "", 0)


def test_two_workers_at_the_same_moment_share_the_jobs(app, counting, counted, at_once, seen):
    jobs = [counting(up_to=30, batch=3) for _ in range(4)]

    def work():
        taken = 0
        with app.app_context():
            while advance_due():
                taken += 1
        return taken

    assert sum(at_once(work, work)) == 4
    for job in jobs:
        assert seen(job).state is JobState.DONE
        assert counted(job) == [number for number in range(1, 31) if number not in TENS]


def test_a_claimed_job_is_nobody_elses_until_its_lease_ends(counting, clock):
    counting()
    assert running.claim() is not None
    clock.shift(running.LEASE - timedelta(seconds=1))
    assert running.claim() is None
    clock.shift(timedelta(seconds=2))
    assert running.claim() is not None


def test_many_workers_never_get_the_same_job(app, counting, at_once):
    counting()

    def claim():
        with app.app_context():
            return running.claim()

    assert sum(claimed is not None for claimed in at_once(*[claim] * 8)) == 1


def test_a_long_job_lets_the_others_have_their_turn(step, counting, seen, monkeypatch):
    monkeypatch.setattr(running, "TURN", 0)
    first, second = counting(up_to=1000), counting()
    advance_due()
    assert (seen(first).done, seen(second).done) == (10, 0)
    advance_due()
    assert seen(second).done >= 10
    while advance_due():
        pass
    assert seen(first).state is seen(second).state is JobState.DONE


def test_a_long_job_goes_on_while_nobody_waits(counting, seen, monkeypatch):
    monkeypatch.setattr(running, "TURN", 0)
    job = counting(up_to=100)
    assert advance_due() == 1
    assert seen(job).state is JobState.DONE


def test_a_small_job_is_done_in_the_transaction_of_who_started_it(step, counted, seen):
    job = start(KIND, {"up_to": 35}, by=OTTO)
    do_now(job)
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Job.id))) == 0
    job = start(KIND, {"up_to": 35}, by=OTTO)
    do_now(job)
    db.session.commit()
    assert (seen(job).state, seen(job).refused, counted(job)) == (JobState.DONE, 3, ALL_BUT_TENS)
    assert advance_due() == 0


def test_a_job_is_undone_once(counting):
    job = counting()
    advance_due()
    start(KIND, {"up_to": 1}, by=OTTO, undoes=job)
    with pytest.raises(Conflict):
        start(KIND, {"up_to": 1}, by=OTTO, undoes=job)


def test_what_a_job_acts_on_is_noted_at_first_and_settled_one_by_one(counting):
    job = counting()
    db.session.add_all(
        [Store(code=f"s{number}", name=f"Store {number}", time_zone="UTC", currency="INR") for number in range(5)]
    )
    db.session.flush()
    shops = db.session.scalars(sa.select(Store.id).where(Store.code.like("s%")).order_by(Store.id)).all()
    wanted = sa.select(Store.id).where(Store.id.in_(shops))
    assert note(job, wanted, most=3) == (3, shops[2])
    assert note(job, wanted, after=shops[2], most=3) == (2, shops[4])
    assert note(job, wanted, after=shops[4]) == (0, shops[4])
    assert take(job, 0, 2) == shops[:2]
    settle(job, [(shops[0], Outcome.CHANGED, {"was": "open"}), (shops[1], Outcome.REFUSED, None)])
    assert take(job, shops[1], 10) == shops[2:]
    first = db.session.get_one(JobItem, (job.id, shops[0]), populate_existing=True)
    assert changed(job, 0, 10) == [(shops[0], {"was": "open"})]
    assert (first.outcome, first.before) == (Outcome.CHANGED, {"was": "open"})


def test_a_job_and_its_rows_are_forgotten_together_after_the_days_that_the_shop_sets(counting, seen, clock):
    job = counting()
    number = job.id
    advance_due()
    note(job, sa.select(Store.id))
    clock.shift(timedelta(days=80))
    counting()
    advance_due()
    clock.shift(timedelta(days=11))
    while forget_old():
        db.session.commit()
    db.session.expunge_all()
    assert queries.problems(number).rows == []
    assert db.session.scalar(sa.select(sa.func.count(JobItem.thing_id))) == 0
    assert queries.by_id(number) is None
    assert db.session.scalars(sa.select(Job.state)).all() == [JobState.DONE]
    assert db.session.scalar(sa.select(sa.func.count(JobProblem.id))) == 3


def test_a_worker_renews_its_lease_with_every_step(counting, seen, clock):
    job = counting()
    claimed = running.claim()
    clock.shift(running.LEASE - timedelta(seconds=1))
    assert running._advance(claimed)
    clock.shift(timedelta(seconds=30))
    assert advance_due() == 0
    assert seen(job).due_at > now()


def test_problems_leave_with_their_job(counting):
    job = counting()
    advance_due()
    db.session.execute(sa.delete(Job).where(Job.id == job.id))
    db.session.commit()
    assert db.session.scalar(sa.select(sa.func.count(JobProblem.id))) == 0
