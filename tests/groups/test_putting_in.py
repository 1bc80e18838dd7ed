"""One customer put into a group by hand: what becomes of applications and the door, and of two at the same moment."""

import pytest

from portal.accounts.models import Account, Hold
from portal.customers.models import Customer, CustomerStatus
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.groups import queries
from portal.groups.errors import AlreadyMember, NotMember
from portal.groups.models import ApplicationState, Approval
from portal.groups.service import adding, deciding, groups, memberships
from tests import cast
from tests.groups.conftest import CLARA, OTTO


@pytest.fixture
def ann(app):
    return cast.customer(cast.ANN)


@pytest.fixture
def club(app):
    return cast.group("Club", Approval.NONE)


def groups_of(customer):
    return {row.group.name: row.is_preferred for row in queries.memberships(customer.id)}


def hold_of(customer):
    return db.session.get_one(Account, customer.account_id).held_for


@pytest.mark.parametrize("with_terms", [True, False])
def test_whoever_is_put_into_the_group_they_applied_for_waits_no_longer(app, with_terms, trail, mailbox):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    adding.put_in(row.customer, row.group_id, with_terms=with_terms, by=CLARA)
    db.session.commit()
    assert row.state is ApplicationState.WITHDRAWN
    assert hold_of(row.customer) is None
    assert row.customer.status is CustomerStatus.ENABLED
    assert groups_of(row.customer) == {"Retail": not with_terms, "Trade": with_terms}
    assert "application.withdrawn" in trail()
    [mail] = mailbox()
    assert "Trade" in mail["Subject"]


def test_another_group_beside_the_one_they_wait_for_lets_nobody_in(app, club):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    adding.put_in(row.customer, club.id, with_terms=False, by=CLARA)
    assert row.state is ApplicationState.SUBMITTED
    assert hold_of(row.customer) is Hold.WAITING


def test_whoever_was_declined_at_the_door_comes_in_with_that_group_alone(app, club):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    deciding.decline(row.id, reason="No room.", by=CLARA)
    adding.put_in(row.customer, club.id, with_terms=False, by=CLARA)
    assert hold_of(row.customer) is Hold.DECLINED
    adding.put_in(row.customer, row.group_id, with_terms=False, by=CLARA)
    assert hold_of(row.customer) is None
    assert row.state is ApplicationState.DECLINED


def test_taking_out_leaves_an_application_for_another_group_alone(app, club):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    memberships.join(row.customer, club, by=CLARA)
    memberships.take_out(row.customer, club.id, by=CLARA)
    assert row.state is ApplicationState.SUBMITTED
    assert hold_of(row.customer) is Hold.WAITING


def test_everything_at_the_same_moment_leaves_one_membership_a_group_and_one_preferred(ann, club, at_once):
    trade, mine = cast.group("Trade", Approval.NONE), ann.id
    numbers = [club.id, trade.id]

    def call(verb, number, **how):
        return lambda: verb(db.session.get_one(Customer, mine), number, by=CLARA, **how)

    results = at_once(
        *(call(adding.put_in, number, with_terms=False) for number in numbers * 2),
        *(call(adding.put_in, number, with_terms=True) for number in numbers),
        *(call(adding.give_terms, number) for number in numbers),
        call(memberships.take_out, numbers[0]),
    )
    rows = queries.memberships(mine)
    assert sum(row.is_preferred for row in rows) == 1
    assert len({row.group_id for row in rows}) == len(rows)
    refused = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(result, AlreadyMember | NotMember) for result in refused)


def test_of_two_who_put_somebody_in_at_once_one_hears_that_it_is_done(ann, club, at_once, trail):
    mine, number = ann.id, club.id
    calls = [lambda: adding.put_in(db.session.get_one(Customer, mine), number, with_terms=False, by=CLARA)] * 2
    results = at_once(*calls)
    assert sum(isinstance(result, AlreadyMember) for result in results) == 1
    assert groups_of(ann) == {"Retail": True, "Club": False}
    assert trail() == ["customer.joined_group"]


def test_putting_in_and_deleting_at_once_leave_no_member_without_a_group(ann, club, at_once):
    mine, number = ann.id, club.id
    results = at_once(
        lambda: groups.remove_group(number, by=OTTO),
        lambda: adding.put_in(db.session.get_one(Customer, mine), number, with_terms=False, by=CLARA),
    )
    assert sum(isinstance(result, Exception) for result in results) == 1
    assert (queries.group(number) is not None) == ("Club" in groups_of(ann))


@pytest.mark.parametrize("number", [0, -1, 424242, 2**70])
def test_nobody_is_put_into_a_group_that_is_not_there(ann, number, trail):
    for with_terms in (True, False):
        with pytest.raises(NotFound):
            adding.put_in(ann, number, with_terms=with_terms, by=CLARA)
    assert trail() == []
