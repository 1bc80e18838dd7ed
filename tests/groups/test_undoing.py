"""Ten minutes to undo: the decision counts at once, its mail waits, and taking it back leaves everything as it was."""

from datetime import timedelta

import pytest

from portal.accounts.models import Account, Hold, SessionKind
from portal.accounts.service import sessions
from portal.accounts.service.sessions import Visitor
from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.foundation.database import db
from portal.groups import pages, queries
from portal.groups.errors import NothingToUndo
from portal.groups.models import Application, ApplicationState, Approval
from portal.groups.service import applications, deciding, memberships
from tests import cast
from tests.groups.conftest import CLARA, OTTO

BEN = Actor(ActorKind.CUSTOMER, 1, "ben@demo.example")


@pytest.fixture
def trade(app):
    return cast.group("Trade", may_undo=True)


@pytest.fixture
def waiting(trade):
    """Ivy waits at the door for Trade."""
    return cast.applicant(cast.IVY, trade)


def hold_of(row):
    db.session.flush()
    return db.session.get_one(Account, row.customer.account_id).held_for


def test_the_mail_of_a_decision_waits_ten_minutes(clock, waiting, mailbox):
    applications.approve(waiting.id, by=CLARA)
    assert mailbox() == []
    clock.shift(timedelta(minutes=9, seconds=59))
    assert mailbox() == []
    clock.shift(timedelta(seconds=2))
    assert [mail["Subject"] for mail in mailbox()] == ["You’re in Trade"]


def test_without_the_option_the_mail_goes_at_once_and_nothing_is_undone(app, mailbox):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    applications.approve(row.id, by=CLARA)
    assert len(mailbox()) == 1
    with pytest.raises(NothingToUndo):
        deciding.undo(row.id, by=CLARA)


def test_an_approval_taken_back_leaves_all_as_it_was(clock, waiting, mailbox, trail):
    applications.approve(waiting.id, by=CLARA)
    handle = sessions.open_session(waiting.customer.account, SessionKind.CUSTOMER, Visitor())
    row = deciding.undo(waiting.id, by=OTTO)
    db.session.commit()
    assert row.state is ApplicationState.SUBMITTED
    assert (row.decided_at, row.decided_by, row.undo_until) == (None, "", None)
    assert hold_of(row) is Hold.WAITING
    assert [membership.group.name for membership in queries.memberships(row.customer_id)] == ["Retail"]
    assert queries.preferred_group(row.customer_id).is_default
    assert sessions.find(handle) is None, "who was let in by mistake is inside no more"
    assert trail() == ["application.approved", "application.undone"]
    clock.shift(timedelta(minutes=11))
    assert mailbox() == []


def test_a_decline_taken_back_waits_again(clock, waiting, mailbox):
    applications.decline(waiting.id, reason="No.", by=CLARA)
    assert hold_of(waiting) is Hold.DECLINED
    row = deciding.undo(waiting.id, by=CLARA)
    assert hold_of(row) is Hold.WAITING
    assert row.reason == ""
    assert [told["what"] for told in pages.story(row)] == ["Application sent"]
    clock.shift(timedelta(minutes=11))
    assert mailbox() == []


def test_what_is_decided_anew_is_mailed_once(clock, waiting, mailbox):
    applications.approve(waiting.id, by=CLARA)
    deciding.undo(waiting.id, by=CLARA)
    clock.shift(timedelta(minutes=1))
    applications.approve(waiting.id, by=CLARA)
    clock.shift(timedelta(minutes=30))
    assert [mail["Subject"] for mail in mailbox()] == ["You’re in Trade"]


def test_after_ten_minutes_it_is_too_late(clock, waiting):
    applications.approve(waiting.id, by=CLARA)
    clock.shift(timedelta(minutes=10))
    with pytest.raises(NothingToUndo, match="any more"):
        deciding.undo(waiting.id, by=CLARA)
    assert waiting.state is ApplicationState.APPROVED


def test_who_was_a_member_before_stays_one_on_the_terms_they_had(trade):
    club = cast.group("Club", Approval.NONE)
    row = cast.applicant(cast.BEN, trade)
    applications.set_group(row.customer, club.id, by=OTTO)
    memberships.join(row.customer, trade, by=OTTO)
    db.session.delete(db.session.get_one(Application, row.id).events[-1])
    row.state, row.decided_at = ApplicationState.SUBMITTED, None
    db.session.commit()
    applications.approve(row.id, by=CLARA)
    deciding.undo(row.id, by=CLARA)
    assert queries.preferred_group(row.customer_id).name == "Club"
    assert trade.id in memberships.group_ids(row.customer_id)


def test_what_was_built_on_the_decision_keeps_it(waiting):
    applications.approve(waiting.id, by=CLARA)
    applications.set_group(waiting.customer, queries.default_group().id, by=OTTO)
    with pytest.raises(NothingToUndo, match="changed since"):
        deciding.undo(waiting.id, by=CLARA)
    assert waiting.state is ApplicationState.APPROVED


def test_who_applied_again_meanwhile_is_decided_about_there(waiting):
    applications.decline(waiting.id, reason="No.", by=CLARA)
    again = applications.submit(waiting.customer, waiting.group_id, by=BEN)
    with pytest.raises(NothingToUndo, match="applied again"):
        deciding.undo(waiting.id, by=CLARA)
    db.session.commit()
    assert again.is_open
    assert waiting.state is ApplicationState.DECLINED


def test_eight_at_once_undo_once(waiting, at_once, trail):
    number = waiting.id
    applications.approve(number, by=CLARA)
    results = at_once(*[lambda: deciding.undo(number, by=CLARA)] * 8)
    assert sum(isinstance(result, NothingToUndo) for result in results) == 7
    assert trail() == ["application.approved", "application.undone"]
    assert len(queries.memberships(waiting.customer_id)) == 1


def test_my_decisions_of_the_last_minutes_are_offered_to_me(clock, waiting):
    applications.approve(waiting.id, by=CLARA)
    db.session.commit()
    assert [row.id for row in queries.undoable_of("Clara Clerk")] == [waiting.id]
    assert queries.undoable_of("Otto Owner") == []
    clock.shift(timedelta(minutes=10))
    assert queries.undoable_of("Clara Clerk") == []
