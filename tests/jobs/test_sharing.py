"""A job whose pieces several threads do at the same time: each once, whatever happens to one of them."""

import threading

import pytest
import sqlalchemy as sa

from portal.foundation.database import db
from portal.foundation.errors import Conflict
from portal.jobs.models import Job, JobState
from portal.jobs.service import advance_due, cancel, declaring, running, shares
from portal.mail.models import Suppression
from tests.jobs.counting import KIND

PIECES = 12
HANDS = 3


class Pieces:
    """Numbers that are written one by one; those who take them learn from the job which are stored."""

    def __init__(self):
        self.lock, self.at = threading.Lock(), {}
        self.writing, self.writers = lambda _job, _number: None, set()

    def take(self, job):
        with self.lock:
            stored = set(job.cursor.get("stored", ()))
            left = self.at.setdefault(job.tries, [one for one in range(PIECES) if one not in stored])
            return left.pop(0) if left else None

    def write(self, job, number):
        self.writers.add(threading.get_ident())
        db.session.add(Suppression(email_key=f"{job.id}-{number}", reason="counted"))
        db.session.flush()
        self.writing(job, number)
        return number

    def note(self, job, number):
        job.cursor = {"stored": [*job.cursor.get("stored", ()), number]}
        job.done += 1
        return job.done < PIECES


@pytest.fixture
def pieces(step):
    """Have a job that counts done by three threads."""
    pieces = Pieces()
    shares(KIND, pieces.take, pieces.write, lambda: HANDS if is_shared() else 1)(pieces.note)
    yield pieces
    del declaring.SHARED[KIND]


def is_shared():
    return db.engine.dialect.name == "postgresql"  # SQLite has one writer


def test_each_piece_is_done_once_by_as_many_threads_as_there_are_hands(pieces, counting, counted, seen):
    met = threading.Barrier(HANDS)
    pieces.writing = lambda _job, number: met.wait(10) if is_shared() and 0 < number <= HANDS else None
    job = counting(up_to=PIECES)
    assert advance_due() == 1
    assert (seen(job).state, seen(job).done, counted(job)) == (JobState.DONE, PIECES, [*range(PIECES)])
    assert len(pieces.writers) == (HANDS if is_shared() else 1)


def test_a_piece_that_breaks_is_done_later_and_no_other_is_done_twice(pieces, counting, counted, seen, clock):
    broken = []

    def writing(_job, number):
        if number == 5 and not broken:
            broken.append(number)
            raise OSError("The disk is full.")

    pieces.writing = writing
    job = counting(up_to=PIECES)
    advance_due()
    found = seen(job)
    assert (found.state, found.broke) == (JobState.RUNNING, 1)
    assert 5 not in counted(job)
    assert len(counted(job)) == found.done < PIECES
    clock.shift(running.PAUSES[0])
    advance_due()
    assert (seen(job).state, counted(job)) == (JobState.DONE, [*range(PIECES)])


def test_a_piece_that_is_refused_ends_the_job_in_words(pieces, counting, counted, seen):
    def writing(_job, number):
        if number == 4:
            raise Conflict("This number ends it.")

    pieces.writing = writing
    job = counting(up_to=PIECES)
    advance_due()
    assert (seen(job).state, seen(job).trouble) == (JobState.FAILED, "This number ends it.")
    assert 4 not in counted(job)
    assert len(counted(job)) == seen(job).done


def test_pieces_of_a_job_that_another_worker_took_meanwhile_are_forgotten(pieces, counting, counted, seen):
    def writing(job, _number):
        if is_shared():  # nobody takes it while SQLite's one lock is held
            with db.engine.begin() as connection:
                connection.execute(sa.update(Job).where(Job.id == job.id).values(tries=Job.tries + 1))

    pieces.writing = writing
    job = counting(up_to=PIECES)
    assert running._advance(running.claim()) is not is_shared()
    assert (seen(job).done, len(counted(job))) == ((0, 0) if is_shared() else (1, 1))


def test_a_job_that_is_cancelled_keeps_the_pieces_that_were_stored(pieces, counting, counted, seen):
    job = counting(up_to=PIECES)
    claimed = running.claim()
    assert running._advance(claimed)
    cancel(seen(job))
    db.session.commit()
    assert not running._advance(claimed)
    assert (seen(job).state, counted(job)) == (JobState.CANCELLED, [0])
