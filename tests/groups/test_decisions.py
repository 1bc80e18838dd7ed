"""Decisions on applications: taken once, told truthfully, followed by the door."""

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, AccountStatus, Hold
from portal.accounts.service import email_change
from portal.audit.models import AuditEntry
from portal.customers.models import Customer, CustomerStatus
from portal.customers.service import status
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.groups import queries
from portal.groups.errors import AlreadyDecided, ReasonMissing
from portal.groups.models import Application, ApplicationState, Approval
from portal.groups.service import applications
from portal.mail.service import send_again
from tests import cast
from tests.groups.conftest import CLARA, OTTO
from tests.mails import html_of, text_of

NAUGHTY = "<b>&\"' {{ 7*7 }} %(x)s"


@pytest.fixture
def waiting(app):
    """Ivy waits for the gate group Trade."""
    return cast.applicant(cast.IVY, cast.group("Trade"))


@pytest.fixture
def upgrading(app):
    """Ben, who may sign in, waits for the upgrade group Club."""
    return cast.applicant(cast.BEN, cast.group("Club", Approval.UPGRADE))


def account_of(row):
    db.session.flush()
    return db.session.get_one(Account, row.customer.account_id)


def test_an_approved_applicant_is_a_member_on_new_terms_and_may_sign_in(waiting, trail):
    row = applications.approve(waiting.id, by=CLARA)
    assert (row.state, row.decided_by) == (ApplicationState.APPROVED, "Clara Clerk")
    assert queries.preferred_group(row.customer_id).name == "Trade"
    assert [m.group.name for m in queries.memberships(row.customer_id)] == ["Trade", "Retail"]
    assert account_of(row).held_for is None
    assert row.customer.status is CustomerStatus.ENABLED
    assert trail() == ["application.approved"]


def test_a_declined_applicant_reads_declined_and_not_waiting(waiting):
    row = applications.decline(waiting.id, reason="Not yet.", by=CLARA)
    assert account_of(row).held_for is Hold.DECLINED
    assert row.customer.status is CustomerStatus.DECLINED
    assert queries.latest_application(row.customer_id).reason == "Not yet."
    assert queries.open_application(row.customer_id) is None
    assert queries.preferred_group(row.customer_id).name == "Retail"


def test_who_was_declined_an_upgrade_goes_on_as_before(upgrading):
    row = applications.decline(upgrading.id, reason="Not yet.", by=CLARA)
    assert account_of(row).held_for is None
    assert row.customer.status is CustomerStatus.ENABLED


@pytest.mark.parametrize("reason", ["", " \n"])
def test_nobody_is_declined_without_a_reason(waiting, outbox, reason):
    with pytest.raises(ReasonMissing):
        applications.decline(waiting.id, reason=reason, by=CLARA)
    assert waiting.is_open
    assert outbox() == []


@pytest.mark.parametrize("decide", ["approve", "decline"])
def test_the_second_decision_hears_who_took_the_first(waiting, outbox, trail, decide):
    applications.approve(waiting.id, by=CLARA)
    db.session.commit()
    with pytest.raises(AlreadyDecided, match="Clara Clerk approved this on"):
        applications.approve(waiting.id, by=OTTO) if decide == "approve" else applications.decline(
            waiting.id, reason="No.", by=OTTO
        )
    db.session.rollback()
    assert len(outbox()) == 1
    assert trail() == ["application.approved"]


def test_a_decision_that_is_mailed_again_tells_an_address_that_was_left_nothing(waiting, outbox, mailbox):
    row = applications.approve(waiting.id, by=CLARA)
    mailbox()
    email_change.move(row.customer.account, "ivy@new.example", by=CLARA)
    [told] = [message for message in outbox() if message.kind == "groups.approved"]
    send_again(told)
    assert [mail["To"] for mail in mailbox() if "Trade" in text_of(mail)] == [cast.IVY.email, "ivy@new.example"]


@pytest.mark.parametrize("number", [0, -1, 999, 2**31 - 1, 2**70])
def test_an_unknown_application_is_not_found(app, number):
    with pytest.raises(NotFound):
        applications.approve(number, by=CLARA)


@pytest.mark.parametrize("deciders", [2, 100])
def test_of_many_who_decide_at_once_exactly_one_wins(waiting, at_once, outbox, trail, deciders):
    number = waiting.id

    def call(place):
        if place % 2:
            return lambda: applications.approve(number, by=CLARA)
        return lambda: applications.decline(number, reason="No.", by=OTTO)

    results = at_once(*(call(place) for place in range(deciders)))
    winners = [result for result in results if isinstance(result, Application)]
    assert len(winners) == 1
    assert sum(isinstance(result, AlreadyDecided) for result in results) == deciders - 1
    state = db.session.get(Application, number).state
    assert [message.kind for message in outbox()] == [f"groups.{state.value}"]
    assert trail() == [f"application.{state.value}"]
    assert len(db.session.get(Application, number).events) == 2


def test_decision_and_withdrawal_at_once_leave_one_truth(waiting, at_once, outbox):
    number = waiting.id
    at_once(
        lambda: applications.approve(number, by=CLARA),
        lambda: applications.withdraw(db.session.get(Application, number), by=OTTO),
    )
    row = db.session.get(Application, number)
    assert len(row.events) == 2
    assert [message.kind for message in outbox()] == [f"groups.{row.state.value}"]


def test_decision_and_disabling_at_once_both_count(waiting, at_once):
    number, who = waiting.id, waiting.customer_id
    results = at_once(
        *[lambda: applications.approve(number, by=CLARA)] * 3,
        *[lambda: status.disable(db.session.get_one(Customer, who), "Asked for it.", OTTO)] * 3,
    )
    assert sum(isinstance(result, AlreadyDecided) for result in results) == 2
    assert None not in results
    customer = db.session.get_one(Customer, who)
    assert customer.status is CustomerStatus.DISABLED
    assert queries.preferred_group(who).name == "Trade"
    assert db.session.get_one(Account, customer.account_id).status is AccountStatus.DISABLED


def test_a_disabled_account_does_not_stand_in_the_way(waiting):
    account_of(waiting).status = AccountStatus.DISABLED
    row = applications.approve(waiting.id, by=CLARA)
    assert row.state is ApplicationState.APPROVED
    assert account_of(row).status is AccountStatus.DISABLED


def test_the_audit_entry_has_before_and_after(waiting):
    applications.decline(waiting.id, reason="Not yet.", by=CLARA)
    db.session.flush()
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.subject_kind, entry.subject_id) == ("customer", waiting.customer_id)
    assert entry.changes == {"application": ["Trade: submitted", "Trade: declined"]}
    assert (entry.actor_name, entry.reason) == ("Clara Clerk", "Not yet.")


def test_the_mail_of_an_approval_names_the_group_asked_for(waiting, mailbox):
    applications.approve(waiting.id, by=CLARA)
    db.session.commit()
    waiting.group.description = "Something else"
    applications.set_group(waiting.customer, queries.default_group().id, by=OTTO)
    [mail] = mailbox()
    assert mail["To"] == cast.IVY.email
    assert "Trade" in mail["Subject"]
    assert "Trade" in text_of(mail)
    assert "/sign-in" in html_of(mail)


def test_the_mail_of_a_decline_quotes_the_reason_as_it_was_written(waiting, mailbox):
    applications.decline(waiting.id, reason=NAUGHTY, by=CLARA)
    [mail] = mailbox()
    assert NAUGHTY in text_of(mail)
    assert "&lt;b&gt;" in html_of(mail)
    assert "Trade" in mail["Subject"]


def test_a_decision_made_before_the_receipt_is_sent_leaves_only_the_decision(waiting, mailbox):
    from portal.groups import mails

    mails.application_received(waiting)
    applications.approve(waiting.id, by=CLARA)
    assert [mail["Subject"] for mail in mailbox()] == ["You’re in Trade"]
