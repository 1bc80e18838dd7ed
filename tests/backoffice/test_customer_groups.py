"""Groups of a customer on their own page: put into one, given its terms, taken out, each by whoever may."""

import pytest
import sqlalchemy as sa

from portal.audit.models import ActorKind, AuditEntry
from portal.audit.service import Actor
from portal.foundation.database import db
from portal.groups import queries
from portal.groups.models import ApplicationState, Approval
from portal.groups.service import applications, memberships
from portal.staff.rules import Permission
from tests import cast
from tests.backoffice.desk import at_desk, seated
from tests.groups.conftest import OTTO

TAB = "/staff/customers/T-BEN?tab=groups"


@pytest.fixture
def club(app):
    return cast.group("Club", Approval.NONE)


@pytest.fixture
def ben(club):
    return cast.customer(cast.BEN)


@pytest.fixture
def clara(browser, ben):
    """The clerk at Ben's groups."""
    clerk = at_desk(browser, "clerk")
    clerk.open(TAB)
    return clerk


def groups_of(customer):
    db.session.expire_all()
    return [(row.group.name, row.is_preferred) for row in queries.memberships(customer.id)]


@pytest.mark.parametrize(
    ("ticked", "after"),
    [
        ({}, [("Retail", True), ("Club", False)]),
        ({"with_terms": "1"}, [("Club", True), ("Retail", False)]),
    ],
)
def test_a_customer_is_put_into_a_group_with_its_terms_or_without(clara, ben, ticked, after):
    club = next(group for group in queries.all_groups() if group.name == "Club")
    page = clara.send("/groups", group=str(club.id), **ticked)
    assert "Ben Brontë is in the group Club now." in page.text
    assert groups_of(ben) == after
    told = "customer.regrouped" if ticked else "customer.joined_group"
    assert told in db.session.scalars(sa.select(AuditEntry.verb)).all()


def test_the_terms_of_a_group_are_given_and_taken_again(clara, ben, club):
    clara.send("/groups", group=str(club.id))
    assert "Ben Brontë has the terms of Club now." in clara.send("/prefer").text
    assert groups_of(ben) == [("Club", True), ("Retail", False)]
    assert "Ben Brontë is in Club no more." in clara.send("/remove").text
    assert groups_of(ben) == [("Retail", True)]


def test_nobody_is_taken_out_of_the_default_group(clara, ben):
    assert "/remove" not in clara.page.text
    assert (
        clara.post(f"/staff/customers/T-BEN/groups/{queries.default_group().id}/remove", token(clara)).status_code
        == 409
    )


def test_a_group_has_to_be_chosen(clara, ben):
    page = clara.send("/groups", group="")
    assert (page.status_code, "Choose a group" in page.text) == (422, True)
    assert groups_of(ben) == [("Retail", True)]


def test_what_somebody_else_did_meanwhile_is_told(clara, ben, club):
    memberships.join(ben, club, by=OTTO)
    db.session.commit()
    page = clara.send("/groups", group=str(club.id))
    assert (page.status_code, "Ben Brontë is in this group already." in page.text) == (409, True)
    for act in ("prefer", "remove"):
        clara.post(f"/staff/customers/T-BEN/groups/{club.id}/remove", token(clara))
        again = clara.post(f"/staff/customers/T-BEN/groups/{club.id}/{act}", token(clara))
        assert (again.status_code, "Ben Brontë is not in this group any more." in again.text) == (409, True)


@pytest.mark.parametrize("number", [0, 999, 2**31, 2**70])
def test_an_unknown_group_is_not_found(clara, number):
    assert clara.post(f"/staff/customers/T-BEN/groups/{number}/prefer", token(clara)).status_code == 404


def test_the_application_for_the_group_is_closed_and_another_waits_on(clara, ben, club):
    trade, wine = cast.group("Trade", Approval.UPGRADE), cast.group("Wine", Approval.UPGRADE)
    row = applications.submit(ben, trade.id, by=Actor(ActorKind.CUSTOMER, ben.account_id, "Ben"))
    db.session.commit()
    clara.open(TAB)
    clara.send("/groups", group=str(wine.id))
    assert queries.open_application(ben.id).id == row.id
    clara.send("/groups", group=str(trade.id))
    db.session.expire_all()
    assert row.state is ApplicationState.WITHDRAWN
    assert [name for name, _ in groups_of(ben)] == ["Retail", "Wine", "Trade"]


def test_who_may_only_look_sees_no_buttons_and_changes_nothing(browser, ben, club):
    memberships.join(ben, club, by=OTTO)
    db.session.commit()
    onlooker = seated(browser, cast.member(cast.CLARA, "onlooker", {Permission.CUSTOMER_VIEW.value}))
    page = onlooker.open(TAB).text
    assert "Club" in page
    assert "/groups/" not in page
    assert onlooker.post(f"/staff/customers/T-BEN/groups/{club.id}/remove", token(onlooker)).status_code == 403


def test_nobody_gives_themselves_a_group(browser, club):
    cast.customer(cast.CLARA)
    clerk = at_desk(browser, "clerk")
    clerk.open("/staff/customers/T-CLARA?tab=groups")
    page = clerk.send("/groups", group=str(club.id))
    assert (page.status_code, "yourself" in page.text) == (403, True)


def token(browser):
    """The secret of the forms on the page that is open."""
    return {"csrf_token": browser.page.text.partition('name="csrf_token" value="')[2].partition('"')[0]}
