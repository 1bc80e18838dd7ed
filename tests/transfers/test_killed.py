"""Kill -9 of the worker in the middle of a check or an import: the next one goes on, and everybody is there once."""

import io

import pytest
import sqlalchemy as sa

from portal.config import settings
from portal.customers.models import Customer, Telephone
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.jobs.models import IS_OPEN, Job, JobState
from portal.transfers.models import ImportRow, Stage
from portal.transfers.service import checking, uploading
from tests import processes
from tests.transfers.conftest import EVERYTHING, OTTO

pytestmark = pytest.mark.real

ROWS = 1_200  # eight steps


def test_a_killed_import_resumes_and_makes_nobody_twice(checked):
    content = "".join(f"P{n},Q,p{n}@shop.example,+9198{n:08}\n" for n in range(ROWS))
    wanted = checked("first_name,last_name,email,telephone\n" + content)
    assert wanted.counts == {"new": ROWS}
    job = uploading.begin(wanted, by=OTTO, may=EVERYTHING)
    db.session.commit()
    env = processes.environment(settings(), secret_keys=settings().secret_keys[0].replace(",", " "))
    with worker(env):
        processes.until(lambda: read(Job.done, job) > 0)
    assert read(Job.state, job) is JobState.RUNNING
    assert 0 < many(Customer) < ROWS
    assert many(Customer) == many(Telephone) == read(Job.done, job)
    db.session.execute(sa.update(Job).where(IS_OPEN).values(due_at=now()))
    db.session.commit()
    with worker(env):
        processes.until(lambda: read(Job.state, job) is JobState.DONE)
    assert many(Customer) == many(Telephone) == ROWS
    db.session.expire_all()
    assert wanted.stage is Stage.DONE


def test_a_killed_check_resumes_and_stages_nobody_twice(app):
    raw = ("first_name,last_name,email\n" + "".join(f"P{n},Q,p{n}@shop.example\n" for n in range(ROWS))).encode()
    wanted = uploading.receive(io.BytesIO(raw), "people.csv", size=len(raw), by=OTTO)
    job = uploading.check(wanted, wanted.mapping, "auto", by=OTTO)
    db.session.commit()
    assert (wanted.stage, many(ImportRow)) == (Stage.CHECK, checking.GLANCE)
    env = processes.environment(settings(), secret_keys=settings().secret_keys[0].replace(",", " "))
    with worker(env):
        processes.until(lambda: read(Job.done, job) > checking.GLANCE)
    assert checking.GLANCE < many(ImportRow) == read(Job.done, job)
    db.session.execute(sa.update(Job).where(IS_OPEN).values(due_at=now()))
    db.session.commit()
    with worker(env):
        processes.until(lambda: read(Job.state, job) is JobState.DONE)
    db.session.expire_all()
    assert (wanted.stage, wanted.counts, many(ImportRow)) == (Stage.READY, {"new": ROWS}, ROWS)
    assert many(Customer) == 0


def worker(env):
    return processes.worker("tests.transfers.shop", env)


def read(column, job):
    with database.reading():
        return db.session.scalar(sa.select(column).where(Job.id == job.id))


def many(model):
    with database.reading():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model))
