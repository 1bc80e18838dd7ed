"""Kill -9 of workers in the middle of a job, twice where nothing is spared: every number is counted once."""

import pytest
import sqlalchemy as sa

from portal.config import settings
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.jobs.models import IS_OPEN, Job, JobState
from tests import processes, surroundings

pytestmark = pytest.mark.real

NUMBERS = 160 if surroundings.EVERY_ATTACK else 80
KILLS_AT = (20, 60) if surroundings.EVERY_ATTACK else (20,)


def test_a_killed_job_resumes_and_does_nothing_twice(counting, counted, seen):
    job = counting(up_to=NUMBERS, batch=2)
    env = processes.environment(settings())
    for enough in KILLS_AT:
        with worker(env):
            processes.until(lambda enough=enough: read(Job.done, job) >= enough)
        assert read(Job.state, job) is JobState.RUNNING
        let_the_lease_end()
    with worker(env), worker(env):
        processes.until(lambda: read(Job.state, job) is JobState.DONE)
    ended = seen(job)
    assert (ended.state, ended.done, ended.refused) == (JobState.DONE, NUMBERS, NUMBERS // 10)
    assert counted(job) == [number for number in range(1, NUMBERS + 1) if number % 10]
    assert ended.tries > len(KILLS_AT)


def worker(env):
    return processes.worker("tests.jobs.shop", env)


def read(column, job):
    """What is stored, without keeping the workers from writing."""
    with database.reading():
        return db.session.scalar(sa.select(column).where(Job.id == job.id))


def let_the_lease_end():
    """The claim of the dead is due again, as it is a minute later."""
    db.session.execute(sa.update(Job).where(IS_OPEN).values(due_at=now()))
    db.session.commit()
