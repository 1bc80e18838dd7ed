"""Who is in a group: the page that lists them, gives its terms, and takes somebody out."""

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.foundation.database import db
from portal.groups import queries
from portal.groups.models import Approval
from portal.groups.service import applications, memberships
from portal.staff.rules import Permission
from tests import cast
from tests.backoffice.desk import at_desk, seated
from tests.groups.conftest import OTTO


@pytest.fixture
def club(app):
    return cast.group("Club", Approval.NONE)


@pytest.fixture
def ben(club):
    """Ben, on the terms of Club."""
    ben = cast.customer(cast.BEN)
    applications.set_group(ben, club.id, by=OTTO)
    db.session.commit()
    return ben


@pytest.fixture
def clara(browser):
    """The clerk at a browser."""
    return at_desk(browser, "clerk")


def terms_of(customer):
    db.session.expire_all()
    return queries.preferred_group(customer.id).name


def test_the_page_lists_members_whichever_terms_they_have(clara, ben, club):
    ann = cast.customer(cast.ANN)
    memberships.join(ann, club, by=OTTO)
    page = clara.open(f"/staff/groups/{club.id}/members").text
    assert "2 in it" in page
    assert page.index("Ann Adeyemi") < page.index("Ben Brontë"), "the newest customer first"
    assert "In force" in page
    assert "Another group" in page


def test_whoever_has_its_terms_can_be_searched_for(clara, ben, club):
    page = clara.open(f"/staff/groups/{club.id}/members").text
    assert f'href="/staff/customers?group={club.id}"' in page
    assert "Ben Brontë" in clara.open(f"/staff/customers?group={club.id}&q=bron").text


def test_an_empty_group_says_so(clara, club):
    assert "Nobody is in it" in clara.open(f"/staff/groups/{club.id}/members").text


def test_who_is_taken_out_has_the_terms_of_the_default_group(clara, ben, club, outbox):
    clara.open(f"/staff/groups/{club.id}/members")
    page = clara.send("/remove")
    assert "Ben Brontë is in Club no more." in page.text
    assert terms_of(ben) == "Retail"
    assert queries.count_members(club.id) == 0
    assert "customer.taken_out" in db.session.scalars(sa.select(AuditEntry.verb)).all()
    assert [message.kind for message in outbox()] == []


def test_a_member_is_given_the_terms_of_the_group(clara, ben, club):
    memberships.choose(ben, queries.default_group().id, by=OTTO)
    clara.open(f"/staff/groups/{club.id}/members")
    clara.send("/prefer")
    assert terms_of(ben) == "Club"


def test_taking_out_twice_is_refused_with_words(clara, ben, club):
    clara.open(f"/staff/groups/{club.id}/members")
    clara.send("/remove")
    clara.open("/staff/customers/new")
    token = clara.page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    again = clara.client.post(f"/staff/groups/{club.id}/members/{ben.number}/remove", data={"csrf_token": token})
    assert again.status_code < 500
    assert again.status_code >= 400


def test_nobody_leaves_the_default_group(clara, ben):
    default = queries.default_group().id
    assert "/remove" not in clara.open(f"/staff/groups/{default}/members").text


@pytest.mark.parametrize("number", [0, 999, 2**31, 2**70])
def test_an_unknown_group_has_no_members(clara, number):
    assert clara.open(f"/staff/groups/{number}/members").status_code == 404


def test_a_member_of_one_store_sees_its_customers_alone(browser, ben, club):
    pune, ann = cast.store(), cast.customer(cast.ANN)
    ann.stores = [pune]
    memberships.join(ann, club, by=OTTO)
    db.session.commit()
    rights = {Permission.CUSTOMER_VIEW.value, Permission.CUSTOMER_MODIFY.value, Permission.GROUP_VIEW.value}
    member = seated(browser, cast.member(cast.CLARA, "pune clerk", rights, pune))
    page = member.open(f"/staff/groups/{club.id}/members").text
    assert "Ann Adeyemi" in page
    assert "Ben Brontë" not in page
    assert "1 in it" in page
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    sent = member.client.post(f"/staff/groups/{club.id}/members/{ben.number}/remove", data={"csrf_token": token})
    assert sent.status_code == 404
    assert terms_of(ben) == "Club"
