"""Several memberships, one preferred: chosen, joined and left by the customer."""

import pytest

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.customers.models import Customer
from portal.foundation.database import db
from portal.groups import queries
from portal.groups.errors import AlreadyMember, DefaultStays, NotMember, NotOffered
from portal.groups.models import Approval
from portal.groups.service import adding, applications, memberships
from tests import cast
from tests.groups.conftest import CLARA

ANN = Actor(ActorKind.CUSTOMER, 1, "ann@demo.example")


@pytest.fixture
def ann(app):
    return cast.customer(cast.ANN)


def groups_of(customer):
    return {row.group.name: row.is_preferred for row in queries.memberships(customer.id)}


def test_several_groups_and_the_terms_of_one(ann, trail):
    for name in ("Trade", "Club"):
        row = applications.submit(ann, cast.group(name).id, by=ANN)
        applications.approve(row.id, by=CLARA)
        db.session.commit()
    assert groups_of(ann) == {"Retail": False, "Trade": False, "Club": True}
    trade = next(row.group for row in queries.memberships(ann.id) if row.group.name == "Trade")
    memberships.choose(ann, trade.id, by=ANN)
    assert groups_of(ann) == {"Retail": False, "Trade": True, "Club": False}
    assert trail()[-1] == "customer.chose_group"


def test_who_leaves_the_group_of_their_terms_goes_on_with_the_default(ann, trail):
    trade = cast.group("Trade", Approval.NONE)
    applications.set_group(ann, trade.id, by=CLARA)
    memberships.leave(ann, trade.id, by=ANN)
    assert groups_of(ann) == {"Retail": True}
    assert trail()[-1] == "customer.left_group"


def test_leaving_another_group_keeps_the_terms(ann):
    trade, club = cast.group("Trade", Approval.NONE), cast.group("Club", Approval.NONE)
    memberships.join_freely(ann, club.id, by=ANN)
    applications.set_group(ann, trade.id, by=CLARA)
    memberships.leave(ann, club.id, by=ANN)
    assert groups_of(ann) == {"Retail": False, "Trade": True}


def test_nobody_leaves_the_default_group_or_one_they_are_not_in(ann):
    with pytest.raises(DefaultStays):
        memberships.leave(ann, queries.default_group().id, by=ANN)
    for number in (cast.group("Trade").id, 424242):
        with pytest.raises(NotMember):
            memberships.leave(ann, number, by=ANN)
        with pytest.raises(NotMember):
            memberships.choose(ann, number, by=ANN)


def test_only_offered_groups_without_approval_are_joined_at_once(ann):
    free = cast.group("Club", Approval.NONE)
    memberships.join_freely(ann, free.id, by=ANN)
    assert groups_of(ann) == {"Retail": True, "Club": False}
    with pytest.raises(AlreadyMember):
        memberships.join_freely(ann, free.id, by=ANN)
    hidden = cast.group("Hidden", Approval.NONE, at_registration=False)
    for number in (hidden.id, cast.group("Trade").id, 424242):
        with pytest.raises(NotOffered):
            memberships.join_freely(ann, number, by=ANN)


def test_choosing_leaving_and_joining_at_once_leave_one_preferred_group(ann, at_once):
    groups = [cast.group(name, Approval.NONE).id for name in ("A", "B", "C")]
    for number in groups:
        memberships.join_freely(ann, number, by=ANN)
        db.session.commit()
    mine = ann.id

    def call(verb, number):
        return lambda: verb(db.session.get_one(Customer, mine), number, by=ANN)

    at_once(
        *(call(memberships.choose, number) for number in groups),
        *(call(memberships.leave, number) for number in groups[:2]),
    )
    assert sum(row.is_preferred for row in queries.memberships(mine)) == 1


def test_taking_a_group_back_leaves_an_application_alone_that_was_sent_since(ann):
    gold, trade = cast.group("Gold", Approval.NONE), cast.group("Trade", Approval.UPGRADE)
    before = adding.add(ann, gold.id, by=CLARA)
    applications.submit(ann, trade.id, by=ANN)
    assert adding.take_back(ann, gold.id, before, by=CLARA)
    assert queries.preferred_group(ann.id).is_default
    assert queries.open_application(ann.id).group_id == trade.id
