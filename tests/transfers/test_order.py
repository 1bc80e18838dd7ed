"""The order in which an import writes its rows: by name on SQLite, as they came on PostgreSQL, same after a kill."""

import pytest
import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.customers.models import Customer
from portal.customers.service import erasure
from portal.foundation import companions, database
from portal.foundation.database import db
from portal.jobs.models import Job, JobState
from portal.jobs.service import advance_due, running
from portal.transfers.service import order, staging, uploading
from tests import cast
from tests.transfers.conftest import EVERYTHING, OTTO

HEAD = "first_name,last_name,email"
NAMES = ("Zoe", "Mia", "Ann", "Lea", "Eva", "Ida", "Kim")
TABLE = "\n".join([HEAD, *(f"{name},Adeyemi,{name.lower()}@demo.example" for name in NAMES)])


@pytest.fixture
def few(monkeypatch):
    """Steps of two rows, each by a worker that knows nothing of the step before."""

    def rows():
        order._LAST.clear()
        return 2

    monkeypatch.setattr(staging, "batch", rows)
    monkeypatch.setattr(companions, "cores", lambda: 1)


def test_customers_are_made_in_the_order_that_costs_the_database_least(imported, few):
    imported(TABLE)
    made = db.session.scalars(sa.select(Customer.first_name).order_by(Customer.id)).all()
    assert list(made) == (list(NAMES) if db.engine.dialect.name == "postgresql" else sorted(NAMES))


def test_a_row_refused_on_the_way_has_none_left_out_or_made_twice_behind_it(checked, begun, few):
    wanted = checked(TABLE)
    cast.customer(cast.ANN)  # somebody has the address of a row by now
    job = db.session.get(Job, begun(wanted).job_id)
    assert (job.done, job.refused, job.result) == (len(NAMES), 1, {"new": len(NAMES) - 1})
    found = db.session.scalars(sa.select(Customer.first_name).order_by(Customer.first_name)).all()
    assert list(found) == sorted(NAMES)


def test_rows_that_are_erased_on_the_way_let_no_other_row_be_passed_over(checked, few):
    wanted = checked(TABLE)
    uploading.begin(wanted, by=OTTO, may=EVERYTHING)
    db.session.commit()
    claimed = running.claim()
    running._advance(claimed)
    made = db.session.scalars(sa.select(Customer).order_by(Customer.id)).first()
    with database.transaction():
        erasure.erase(made, by=OPERATOR, reason="asked")
        db.session.execute(sa.update(Job).values(due_at=wanted.created_at))  # its worker was killed
    advance_due()
    job = db.session.get_one(Job, wanted.job_id, populate_existing=True)
    assert (job.state, job.trouble[:4]) == (JobState.FAILED, "Rows")
    again = checked(TABLE)
    assert again.counts == {"same": 1, "new": 6}


def test_an_import_without_anything_to_write_is_done_at_once(imported):
    cast.customer(cast.ANN)
    db.session.commit()
    wanted = imported(f"{HEAD}\nAnn,Adeyemi,ann@demo.example\n")
    assert (wanted.stage, wanted.counts) == ("done", {"same": 1})
