"""Rows that several threads check and write at the same time: the same comes of a file as if one had."""

import io
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from portal.customers.models import Customer
from portal.foundation import companions, database
from portal.foundation.database import db
from portal.jobs.models import Job, JobState
from portal.jobs.service import running
from portal.transfers.models import ImportRow, Outcome, Stage
from portal.transfers.service import checking, order, reading, staging, uploading
from tests import cast
from tests.transfers.conftest import OTTO

HEAD = "first_name,last_name,email,telephone,external_id\n"
ROWS = 60


@pytest.fixture
def many_hands(app, monkeypatch):
    """Three threads, pieces of four rows, and a file that is never through at a glance."""
    monkeypatch.setattr(companions, "cores", lambda: 3)
    monkeypatch.setattr(staging, "batch", lambda: 4)
    monkeypatch.setattr(staging, "glance", lambda: 4)
    monkeypatch.setattr(checking, "GLANCE", 4)


def line_of(number):
    return f"P{number:03},Q,p{number}@shop.example,+9198{number:08},\n"


def test_of_two_rows_about_the_same_the_first_wins_wherever_they_are(many_hands, checked):
    lines = [line_of(number) for number in range(ROWS)]
    for earlier, later in ((0, 7), (9, 12), (20, 21), (22, 25), (3, 59), (40, 47)):
        lines[later] = lines[earlier].replace("Q,p", "R,P")  # the same address in capitals
    wanted = checked(HEAD + "".join(lines))
    refused = db.session.execute(
        sa.select(ImportRow.line, ImportRow.reason).where(ImportRow.outcome == Outcome.PROBLEM).order_by(ImportRow.line)
    ).all()
    pairs = ((0, 7), (9, 12), (20, 21), (22, 25), (40, 47), (3, 59))
    assert refused == [(later + 2, f"Line {earlier + 2} is about the same") for earlier, later in pairs]
    assert (wanted.stage, wanted.counts) == (Stage.READY, {"new": ROWS - 6, "problem": 6})


def test_a_row_behind_one_that_is_refused_is_not_held_up_by_it(many_hands, checked):
    lines = [line_of(number) for number in range(ROWS)]
    lines[14] = "P014,Q,p2@shop.example,,X-1\n"  # the address of line 4, and so its id stays free
    lines[15] = "P015,Q,p15@shop.example,,X-1\n"
    wanted = checked(HEAD + "".join(lines))
    refused = db.session.scalars(sa.select(ImportRow.line).where(ImportRow.outcome == Outcome.PROBLEM)).all()
    assert (list(refused), wanted.counts) == ([16], {"new": ROWS - 1, "problem": 1})


def test_everybody_is_written_once_and_numbers_go_on_with_the_lines(many_hands, checked, begun):
    wanted = checked(HEAD + "".join(line_of(number) for number in range(ROWS)))
    cast.customer(cast.ANN).email_key = "p33@shop.example"  # somebody has the address of a row by now
    db.session.commit()
    done = begun(wanted)
    job = db.session.get(Job, done.job_id)
    assert (done.stage, job.state, job.done, job.refused) == (Stage.DONE, JobState.DONE, ROWS, 1)
    assert job.result == {"new": ROWS - 1}
    staged = db.session.scalars(sa.select(ImportRow.number).order_by(ImportRow.line)).all()
    assert list(staged) == sorted(staged)
    made = db.session.scalars(sa.select(Customer.email_key).where(Customer.last_name == "Q")).all()
    assert sorted(made) == sorted(f"p{number}@shop.example" for number in range(ROWS) if number != 33)
    assert not any(kept.lines for kept in order._LAST.values())


def test_a_thread_that_is_late_finds_nothing_left_to_do(many_hands, checked, begun):
    wanted = checked(HEAD + "".join(line_of(number) for number in range(ROWS)))
    check = db.session.get_one(Job, wanted.check_id, populate_existing=True)
    check.cursor = {}  # as it read the job before the end of it was stored
    assert checking._ahead(check).is_over
    db.session.rollback()
    job = db.session.get_one(Job, begun(wanted).job_id, populate_existing=True)
    job.cursor, job.done = {}, 0
    assert order.turn(job, 4) is None
    db.session.rollback()


def test_a_file_that_breaks_off_fails_the_check_in_words(many_hands, checked, monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", ROWS - 10)
    wanted = checked(HEAD + "".join(line_of(number) for number in range(ROWS)))
    job = db.session.get_one(Job, wanted.check_id, populate_existing=True)
    assert (job.state, job.trouble) == (JobState.FAILED, f"The file has more than {ROWS - 10} rows. Split it.")


def test_nobody_waits_longer_than_the_lease_for_rows_that_nobody_stages(app, clock):
    raw = (HEAD + "".join(line_of(number) for number in range(checking.GLANCE + 1))).encode()
    wanted = uploading.receive(io.BytesIO(raw), "people.csv", size=len(raw), by=OTTO)
    uploading.check(wanted, wanted.mapping, "auto", by=OTTO)
    db.session.commit()
    claimed = running.claim()
    job = db.session.get_one(Job, claimed.id, populate_existing=True)
    clock.shift(running.LEASE)
    with database.reading():
        assert not checking._is_next(job, reading.Place(offset=job.cursor["offset"] + 1))


def test_who_only_keeps_customers_where_they_are_holds_up_no_import(checked, begun):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer.")
    ann_id = cast.customer(cast.ANN).id
    wanted = checked(f"email,remarks\n{cast.ANN.email},Likes tea\n")
    kept = sa.select(Customer.id).with_for_update(read=True, key_share=True)  # as who looks for duplicates has them
    with db.engine.begin() as another, _impatient(db.engine):
        another.execute(kept)
        done = begun(wanted)
    assert (done.stage, db.session.get_one(Customer, ann_id).remarks) == (Stage.DONE, "Likes tea")


@contextmanager
def _impatient(engine):
    """Whoever begins waits half a second for a lock."""

    def wait_little(connection):
        connection.exec_driver_sql("SET LOCAL lock_timeout = 500")

    sa.event.listen(engine, "begin", wait_little)
    try:
        yield
    finally:
        sa.event.remove(engine, "begin", wait_little)
