"""Applications: at registration, withdrawn, closed by hand, run out; and what becomes of the door."""

from datetime import timedelta

import pytest

from portal.accounts.models import Account, Hold
from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.customers.models import CustomerStatus
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.groups import queries
from portal.groups.errors import AlreadyApplied, AlreadyDecided, AlreadyMember, NotOffered
from portal.groups.models import ApplicationState, Approval
from portal.groups.service import applications
from tests import cast
from tests.groups.conftest import CLARA, OTTO
from tests.mails import text_of

ANN = Actor(ActorKind.CUSTOMER, 1, "ann@demo.example")


@pytest.fixture
def ann(app):
    """Ann, whose account was opened a moment ago: no group yet."""
    row = cast.customer(cast.ANN)
    for membership in queries.memberships(row.id):
        db.session.delete(membership)
    db.session.flush()
    return row


def hold_of(customer):
    return db.session.get_one(Account, customer.account_id).held_for


def terms_of(customer):
    return queries.preferred_group(customer.id).name


def groups_of(customer):
    return {membership.group.name for membership in queries.memberships(customer.id)}


@pytest.mark.parametrize("number", [None, 0, -5, 424242, 2**70])
def test_without_a_group_that_is_offered_one_is_in_the_default_group(ann, outbox, number):
    assert applications.join_at_registration(ann, number, by=ANN) is None
    assert terms_of(ann) == "Retail"
    assert hold_of(ann) is None
    assert outbox() == []


def test_a_group_withdrawn_from_registration_meanwhile_is_as_good_as_none(ann):
    hidden = cast.group("Trade", Approval.GATE, at_registration=False)
    assert applications.join_at_registration(ann, hidden.id, by=ANN) is None
    assert groups_of(ann) == {"Retail"}


def test_a_group_without_approval_is_joined_at_once(ann):
    club = cast.group("Club", Approval.NONE)
    assert applications.join_at_registration(ann, club.id, by=ANN) is None
    assert terms_of(ann) == "Club"
    assert groups_of(ann) == {"Retail", "Club"}


def test_a_gate_group_holds_at_the_door(ann, trail, mailbox):
    row = applications.join_at_registration(ann, cast.group("Trade", Approval.GATE).id, by=ANN)
    assert row.is_open
    assert hold_of(ann) is Hold.WAITING
    assert ann.status is CustomerStatus.WAITING
    assert groups_of(ann) == {"Retail"}
    assert trail() == ["application.submitted"]
    [mail] = mailbox()
    assert "Trade" in mail["Subject"]
    assert "before that" in text_of(mail)


def test_an_upgrade_keeps_the_default_group_meanwhile(ann, mailbox):
    row = applications.join_at_registration(ann, cast.group("Club", Approval.UPGRADE).id, by=ANN)
    assert row.is_open
    assert hold_of(ann) is None
    assert ann.status is CustomerStatus.ENABLED
    assert terms_of(ann) == "Retail"
    [mail] = mailbox()
    assert "meanwhile" in text_of(mail)


def test_what_staff_gave_before_the_registration_stays(ann):
    trade, club = cast.group("Trade", Approval.GATE), cast.group("Club", Approval.NONE)
    applications.set_group(ann, trade.id, by=CLARA)
    for chosen in (None, trade.id, club.id):
        assert applications.join_at_registration(ann, chosen, by=ANN) is None
        assert terms_of(ann) == "Trade"
    assert groups_of(ann) == {"Retail", "Trade", "Club"}
    assert hold_of(ann) is None


def test_who_withdraws_goes_on_in_the_default_group(app, trail):
    row = cast.applicant(cast.IVY, cast.group())
    applications.withdraw(row, by=ANN)
    assert row.state is ApplicationState.WITHDRAWN
    assert hold_of(row.customer) is None
    assert row.customer.status is CustomerStatus.ENABLED
    assert terms_of(row.customer) == "Retail"
    assert trail() == ["application.withdrawn"]
    with pytest.raises(AlreadyDecided, match="withdrew"):
        applications.withdraw(row, by=ANN)


def test_enabling_by_hand_leaves_no_ghost_in_the_queue(app, trail, mailbox):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    applications.close_by_hand(row.customer, by=CLARA)
    assert queries.count_waiting() == 0
    assert hold_of(row.customer) is None
    assert trail() == ["application.withdrawn"]
    [mail] = mailbox()
    assert mail["Subject"] == "Your application for Trade is closed"
    assert "by hand" in text_of(mail)


def test_enabling_by_hand_opens_the_door_to_a_declined_applicant(app):
    row = cast.applicant(cast.IVY, cast.group())
    applications.decline(row.id, reason="No.", by=CLARA)
    applications.close_by_hand(row.customer, by=OTTO)
    assert hold_of(row.customer) is None
    assert row.state is ApplicationState.DECLINED


def test_regrouping_by_hand_closes_the_open_application(app, trail):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    applications.set_group(row.customer, cast.group("Club", Approval.NONE).id, by=CLARA)
    assert row.state is ApplicationState.WITHDRAWN
    assert terms_of(row.customer) == "Club"
    assert hold_of(row.customer) is None
    assert trail() == ["application.withdrawn", "customer.regrouped"]


def test_saving_a_customer_in_the_group_they_have_changes_nothing(app, trail):
    row = cast.applicant(cast.IVY, cast.group())
    applications.set_group(row.customer, queries.default_group().id, by=CLARA)
    assert row.is_open
    assert hold_of(row.customer) is Hold.WAITING
    assert trail() == []


def test_nobody_is_put_into_a_group_that_does_not_exist(ann):
    with pytest.raises(NotFound):
        applications.set_group(ann, 424242, by=CLARA)


def test_an_application_that_nobody_decided_runs_out_after_90_days(app, trail, mailbox):
    row = cast.applicant(cast.IVY, cast.group())
    row.submitted_at = now() - timedelta(days=89)
    assert applications.expire_due() == 0
    row.submitted_at = now() - timedelta(days=90)
    assert applications.expire_due() == 1
    assert row.state is ApplicationState.EXPIRED
    assert hold_of(row.customer) is None
    assert trail() == ["application.expired"]
    assert applications.expire_due() == 0
    [mail] = mailbox()
    assert "ran out" in text_of(mail)


def test_a_declined_applicant_may_apply_again_and_waits_at_the_door(app):
    row = cast.applicant(cast.IVY, cast.group())
    applications.decline(row.id, reason="No.", by=CLARA)
    again = applications.submit(row.customer, row.group_id, by=ANN)
    assert again.id != row.id
    assert hold_of(row.customer) is Hold.WAITING


def test_who_may_sign_in_is_not_locked_out_by_an_application(app):
    ann = cast.customer(cast.ANN)
    applications.submit(ann, cast.group("Trade", Approval.GATE).id, by=ANN)
    assert hold_of(ann) is None


def test_one_application_waits_at_a_time(app):
    ann, trade, club = cast.customer(cast.ANN), cast.group("Trade"), cast.group("Club", Approval.UPGRADE)
    applications.submit(ann, trade.id, by=ANN)
    with pytest.raises(AlreadyApplied):
        applications.submit(ann, club.id, by=ANN)
    assert queries.count_waiting() == 1


def test_one_applies_only_for_what_is_offered_and_not_owned(app):
    ann, hidden = cast.customer(cast.ANN), cast.group("Hidden", Approval.GATE, at_registration=False)
    free, trade = cast.group("Free", Approval.NONE), cast.group("Trade")
    for number in (hidden.id, free.id, 424242):
        with pytest.raises(NotOffered):
            applications.submit(ann, number, by=ANN)
    applications.set_group(ann, trade.id, by=CLARA)
    with pytest.raises(AlreadyMember):
        applications.submit(ann, trade.id, by=ANN)


def test_eight_applications_at_once_are_one(app, at_once, outbox):
    ann, trade = cast.customer(cast.ANN), cast.group("Trade")
    number, wanted = ann.id, trade.id

    def apply():
        from portal.customers.models import Customer

        return applications.submit(db.session.get_one(Customer, number), wanted, by=ANN)

    results = at_once(*[apply] * 8)
    assert sum(isinstance(result, AlreadyApplied) for result in results) == 7
    assert len(outbox()) == 1


def test_two_approvals_at_once_leave_one_preferred_group(app, at_once):
    ann = cast.customer(cast.ANN)
    names = [cast.group(name, Approval.NONE).id for name in ("A", "B", "C", "D")]
    number = ann.id

    def regroup(group_id):
        from portal.customers.models import Customer

        return lambda: applications.set_group(db.session.get_one(Customer, number), group_id, by=CLARA)

    assert at_once(*(regroup(group_id) for group_id in names)) == ["done"] * 4
    rows = queries.memberships(number)
    assert [row.is_preferred for row in rows] == [True, False, False, False, False]
