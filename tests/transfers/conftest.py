"""Files of customers, and what comes of them."""

import io

import pytest

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.foundation.database import db
from portal.jobs.service import advance_due
from portal.transfers import queries
from portal.transfers.service import exporting, uploading

EVERYTHING = uploading.May(may_approve=True, may_set_credit=True)
OTTO = Actor(ActorKind.OPERATOR, None, "Otto Owner")  # at the shell, so that no member has to keep the right


@pytest.fixture
def checked(app):
    """Upload a table and check it with the columns as guessed."""

    def check(content, *, key="auto", name="people.csv", preset="auto", mapping=None, may=EVERYTHING):
        raw = content.encode() if isinstance(content, str) else content
        wanted = uploading.receive(io.BytesIO(raw), name, size=len(raw), by=OTTO, preset=preset)
        uploading.check(wanted, mapping or wanted.mapping, key, by=OTTO, may=may)
        db.session.commit()
        advance_due()
        return queries.by_id(wanted.id)

    return check


@pytest.fixture
def begun(app):
    """Write what a check found."""

    def begin(wanted):
        uploading.begin(wanted, by=OTTO, may=EVERYTHING)
        db.session.commit()
        advance_due()
        db.session.expire_all()
        return queries.by_id(wanted.id)

    return begin


@pytest.fixture
def imported(checked, begun):
    """Do the whole of it."""
    return lambda content, **how: begun(checked(content, **how))


@pytest.fixture
def exported(app):
    """All customers as a CSV file."""

    def write(*conditions, **how):
        db.session.commit()
        return b"".join(exporting.as_csv(conditions, **how))

    return write
