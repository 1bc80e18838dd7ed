"""Ten minutes to undo: until they are over nothing is carried out, and the customer knows nothing of a decision."""

from datetime import timedelta

import pytest

from portal.accounts.models import Account, Hold, SessionKind
from portal.accounts.service import entering, sessions
from portal.accounts.service.sessions import Visitor
from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.customers.models import Customer, CustomerStatus
from portal.customers.service.persons import person_of
from portal.foundation import holdings
from portal.foundation.database import db
from portal.groups import pages, queries
from portal.groups.errors import AlreadyApplied, AlreadyDecided, NothingToUndo
from portal.groups.models import Application, ApplicationState, Approval
from portal.groups.service import applications, deciding, settling
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


def approve(number):
    applications.approve(number, by=CLARA)


def decline(number):
    applications.decline(number, reason="No.", by=CLARA)


def signing_in(customer_id):
    """The right password was typed: the handle of the session that it opens."""
    customer = db.session.get_one(Customer, customer_id)
    account = db.session.get_one(Account, customer.account_id, with_for_update=True, populate_existing=True)
    return entering.admit(account, Visitor(), methods="password").handle


@pytest.fixture
def mailbox(mailbox):
    """The worker carries out what is due, then every mail so far."""

    def deliver():
        settling.settle_due()
        return mailbox()

    return deliver


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


@pytest.mark.parametrize("decide", [approve, decline])
def test_my_data_tells_no_decision_before_it_counts(clock, waiting, decide):
    def told():
        held = dict(holdings.tell(person_of(waiting.customer)))
        [row] = held["Applications"]
        return row, [step["step"] for step in held["Steps of applications"]]

    before = told()
    assert before[0]["state"] == "submitted"
    decide(waiting.id)
    db.session.commit()
    assert told() == before
    clock.shift(timedelta(minutes=11))
    settling.settle_due()
    row, steps = told()
    assert row["state"] == steps[-1] == {approve: "approved", decline: "declined"}[decide]
    assert "decided_at" in row


def test_without_the_option_the_mail_goes_at_once_and_nothing_is_undone(app, mailbox):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    applications.approve(row.id, by=CLARA)
    assert len(mailbox()) == 1
    with pytest.raises(NothingToUndo):
        deciding.undo(row.id, by=CLARA)


def test_until_it_is_carried_out_an_approval_is_unknown_to_its_customer(clock, waiting):
    applications.approve(waiting.id, by=CLARA)
    db.session.commit()
    assert settling.settle_due() == 0
    assert hold_of(waiting) is Hold.WAITING
    assert waiting.customer.status is CustomerStatus.WAITING
    assert queries.preferred_group(waiting.customer_id).is_default
    assert waiting.waits
    assert [told["what"] for told in pages.story(waiting)] == ["Application sent"]
    clock.shift(timedelta(minutes=10))
    assert settling.settle_due() == 1
    db.session.commit()
    assert hold_of(waiting) is None
    assert waiting.customer.status is CustomerStatus.ENABLED
    assert queries.preferred_group(waiting.customer_id).name == "Trade"
    assert [told["what"] for told in pages.story(waiting)] == ["Approved", "Application sent"]
    assert settling.settle_due() == 0


def test_until_it_is_carried_out_a_decline_is_unknown_to_its_customer(clock, waiting):
    applications.decline(waiting.id, reason="No.", by=CLARA, again_after=None)
    db.session.commit()
    assert hold_of(waiting) is Hold.WAITING
    assert queries.latest_decline(waiting.customer_id, waiting.group_id) is None
    clock.shift(timedelta(minutes=10))
    settling.settle_due()
    assert hold_of(waiting) is Hold.DECLINED
    assert queries.latest_decline(waiting.customer_id, waiting.group_id) is waiting


def test_what_is_decided_is_out_of_the_queue_at_once(waiting):
    applications.approve(waiting.id, by=CLARA)
    assert queries.count_waiting() == 0
    with pytest.raises(AlreadyDecided, match="Clara Clerk approved"):
        applications.decline(waiting.id, reason="No.", by=OTTO)


@pytest.mark.parametrize("decide", [approve, decline])
def test_a_decision_taken_back_leaves_all_as_it_was(clock, waiting, mailbox, trail, decide):
    decide(waiting.id)
    handle = sessions.open_session(waiting.customer.account, SessionKind.APPLICANT, Visitor())
    row = deciding.undo(waiting.id, by=OTTO)
    db.session.commit()
    assert row.state is ApplicationState.SUBMITTED
    assert (row.decided_at, row.decided_by, row.undo_until, row.reason) == (None, "", None, "")
    assert hold_of(row) is Hold.WAITING
    assert [membership.group.name for membership in queries.memberships(row.customer_id)] == ["Retail"]
    assert sessions.find(handle) is not None, "who waits goes on waiting"
    assert trail() == [f"application.{decide.__name__.rstrip('e')}ed", "application.undone"]
    clock.shift(timedelta(minutes=11))
    assert settling.settle_due() == 0
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


def test_who_withdraws_meanwhile_goes_on_as_if_nothing_had_been_decided(clock, waiting, mailbox):
    applications.decline(waiting.id, reason="No.", by=CLARA, again_after=None, releases=True)
    applications.withdraw(waiting, by=BEN)
    db.session.commit()
    assert (waiting.state, waiting.reason, waiting.releases_address) == (ApplicationState.WITHDRAWN, "", False)
    assert hold_of(waiting) is None
    assert [told["what"] for told in pages.story(waiting)] == ["Withdrawn", "Application sent"]
    clock.shift(timedelta(minutes=11))
    assert settling.settle_due() == 0
    assert [mail["Subject"] for mail in mailbox()] == ["You withdrew your application for Trade"]
    with pytest.raises(NothingToUndo):
        deciding.undo(waiting.id, by=CLARA)


def test_who_answers_meanwhile_hears_nothing_of_the_decision(waiting):
    deciding.ask_for_more(waiting.id, question="Which register?", by=CLARA)
    applications.approve(waiting.id, by=CLARA)
    with pytest.raises(AlreadyDecided, match="no answer any more") as refusal:
        applications.answer(waiting.id, "The one in Pune.", by=BEN)
    assert "Clara" not in str(refusal.value)
    assert "approved" not in str(refusal.value)


def test_nobody_applies_for_another_group_beside_a_decision_that_is_not_carried_out(trade):
    row, club = cast.applicant(cast.BEN, trade), cast.group("Club", Approval.UPGRADE)
    applications.decline(row.id, reason="No.", by=CLARA)
    with pytest.raises(AlreadyApplied):
        applications.submit(row.customer, club.id, by=BEN)


def test_who_is_moved_by_hand_meanwhile_is_decided_about_no_more(clock, waiting):
    club = cast.group("Club", Approval.NONE)
    applications.approve(waiting.id, by=CLARA)
    applications.set_group(waiting.customer, club.id, by=OTTO)
    db.session.commit()
    clock.shift(timedelta(minutes=11))
    assert settling.settle_due() == 0
    assert queries.preferred_group(waiting.customer_id).name == "Club"
    with pytest.raises(NothingToUndo):
        deciding.undo(waiting.id, by=CLARA)


@pytest.mark.parametrize("minutes", [9, 10])
def test_undoing_and_carrying_out_at_once_leave_one_truth(clock, waiting, at_once, mailbox, minutes):
    number = waiting.id
    applications.approve(number, by=CLARA)
    clock.shift(timedelta(minutes=minutes))
    results = at_once(
        *[lambda: deciding.undo(number, by=CLARA)] * 3,
        *[settling.settle_due] * 3,
        lambda: hold_of(db.session.get_one(Application, number)),
    )
    is_undone = minutes < 10
    assert sum(isinstance(result, Application) for result in results) == is_undone
    row = db.session.get_one(Application, number)
    assert row.is_open is is_undone
    assert (hold_of(row) is Hold.WAITING) is is_undone
    assert len(queries.memberships(row.customer_id)) == (1 if is_undone else 2)
    assert len(mailbox()) == (0 if is_undone else 1)


@pytest.mark.parametrize("decide", [approve, decline])
def test_signing_in_while_it_is_carried_out_opens_what_is_true_then(clock, waiting, at_once, decide):
    decide(waiting.id)
    clock.shift(timedelta(minutes=10))
    handles = at_once(*[lambda: signing_in(waiting.customer_id)] * 3, settling.settle_due)[:3]
    db.session.expire_all()
    held = hold_of(db.session.get_one(Application, waiting.id))
    assert held is (None if decide is approve else Hold.DECLINED)
    kinds = {sessions.find(handle).kind for handle in handles}
    assert kinds <= ({SessionKind.APPLICANT} if held else {SessionKind.APPLICANT, SessionKind.CUSTOMER})


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
