"""Jobs that count, and what came of them."""

import pytest
import sqlalchemy as sa

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.foundation.database import db
from portal.jobs.models import Job
from portal.jobs.service import declaring, start
from portal.mail.models import Suppression
from tests.jobs.counting import KIND, count

OTTO = Actor(ActorKind.STAFF, 1, "Otto Owner")


@pytest.fixture
def step(app, monkeypatch):
    """Have jobs that count done by another function for one test."""
    monkeypatch.setitem(declaring.KINDS, KIND, count)

    def replace(other):
        monkeypatch.setitem(declaring.KINDS, KIND, other)

    return replace


@pytest.fixture
def counting(step):
    """Start a job that counts."""

    def begin(up_to=35, **parameters):
        job = start(KIND, {"up_to": up_to, **parameters}, by=OTTO, total=up_to)
        db.session.commit()
        return job

    return begin


@pytest.fixture
def counted(app):
    """The numbers that a job has counted so far."""

    def numbers(job):
        db.session.expire_all()
        keys = db.session.scalars(sa.select(Suppression.email_key).where(Suppression.reason == "counted"))
        mine = [key.split("-") for key in keys]
        return sorted(int(number) for owner, number in mine if int(owner) == job.id)

    return numbers


@pytest.fixture
def seen(app):
    """A job as it is stored now."""
    return lambda job: db.session.get_one(Job, job.id, populate_existing=True)
