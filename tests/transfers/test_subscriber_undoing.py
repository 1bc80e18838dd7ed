"""An import of subscribers is taken back: who did nothing since goes again, the evidence stays, nobody is mailed."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.foundation.database import db, transaction
from portal.jobs.models import Job, JobState
from portal.jobs.service import running
from portal.ledgers import verifying
from portal.mail.models import OutboxMessage
from portal.newsletter import queries
from portal.newsletter.models import AudienceDay
from portal.newsletter.results import days
from portal.newsletter.service import consent
from portal.transfers.service import subscriber_undoing
from tests.backoffice.desk import at_desk
from tests.newsletter.campaigns import launched
from tests.newsletter.ledger import PROOF, ZOE, lines, row, state
from tests.newsletter.people import subscriber
from tests.transfers.test_subscribers import brought_in, problems

YAN = "yan@demo.example"
BOTH = f"email\n{ZOE}\n{YAN}\n"


@pytest.fixture
def mark(browser):
    return at_desk(browser, "marketing")


def undone(mark, job):
    """Press "Undo", and let the worker do it; returns its job."""
    mark.open(f"/staff/jobs/{job.id}/undo")
    mark.send("/undo")
    while running.advance_due():
        pass
    db.session.expire_all()
    return db.session.scalars(sa.select(Job).where(Job.undoes_id == job.id)).one()


def test_whom_an_import_brought_goes_again_and_both_stand_in_the_evidence(mark):
    subscriber("before@demo.example")
    job = brought_in(mark, BOTH + "before@demo.example\n")
    page = mark.open(f"/staff/jobs/{job.id}/undo")
    assert "2 addresses that it subscribed are taken out again." in page.text
    undo = undone(mark, job)
    assert (undo.state, undo.result, undo.refused) == (JobState.DONE, {"removed": 2}, 0)
    assert (state(ZOE), state(YAN), state("before@demo.example")) == (None, None, "active")
    assert lines() == [("import", "import")] * 2 + [("withdraw", "import")] * 2
    assert queries.history_of(ZOE)[0].what.endswith("taken back")
    assert "audience.import_undone" in db.session.scalars(sa.select(AuditEntry.verb)).all()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 0


def test_a_better_file_brings_the_same_people_in(mark):
    undone(mark, brought_in(mark, BOTH))
    assert brought_in(mark, BOTH).result == {"added": 2}
    assert state(ZOE) == "active"


def test_who_did_something_since_stays_and_is_named(mark, monkeypatch):
    monkeypatch.setattr(subscriber_undoing, "AT_ONCE", 2)
    names = ("left", "slower", "quiet")
    job = brought_in(mark, "email\n" + "".join(f"{name}@demo.example\n" for name in names))
    with transaction():
        consent.withdraw(row("left@demo.example"), source=queries.ConsentSource.ACCOUNT, proof=PROOF)
        row("slower@demo.example").days_between = 7
    undo = undone(mark, job)
    assert (undo.done, undo.refused, undo.result) == (3, 2, {"removed": 1})
    assert set(problems()) == {"left@demo.example", "slower@demo.example"}
    assert [state(f"{name}@demo.example") for name in names] == ["unsubscribed", "active", None]


def test_who_was_written_to_meanwhile_is_out_and_the_link_in_their_mail_finds_them(mark):
    job = brought_in(mark, BOTH)
    launched()
    undone(mark, job)
    assert (state(ZOE), state(YAN)) == ("unsubscribed", "unsubscribed")


def test_an_import_that_is_taken_back_is_nobodys_departure_and_leaves_the_chain_whole(clock, mark):
    undone(mark, brought_in(mark, BOTH))
    assert not queries.has_left(ZOE, queries.default_audience().id)
    assert not verifying.verify().faults
    clock.shift(timedelta(days=1))
    days.write_missing()
    db.session.expire_all()
    assert set(db.session.scalars(sa.select(AudienceDay.left))) == {0}


def test_nothing_is_taken_back_twice_or_of_an_import_that_brought_nobody(mark):
    job = brought_in(mark, BOTH)
    undone(mark, job)
    mark.open(f"/staff/jobs/{job.id}/undo")
    mark.send("/undo")
    assert db.session.scalar(sa.select(sa.func.count()).where(Job.undoes_id == job.id)) == 1
    nobody = brought_in(mark, "email\nno address\n")
    assert mark.open(f"/staff/jobs/{nobody.id}/undo").status_code == 409
