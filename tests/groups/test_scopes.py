"""Approvers limited to groups and stores: what they see, count and decide is theirs."""

import pytest
import sqlalchemy as sa

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.foundation.database import db
from portal.foundation.errors import NotAllowed, NotFound
from portal.groups import queries
from portal.groups.errors import ScopeKnown
from portal.groups.models import Approval, ApproverScope
from portal.groups.queries import Wanted
from portal.groups.service import applications, bulk, deciding, scopes
from portal.staff.rules import ROLES
from portal.stores.models import Store
from tests import cast
from tests.cast import Person


@pytest.fixture
def otto(app):
    member = cast.member(cast.OTTO, "owner", {right.value for right in ROLES["owner"]})
    return Actor(ActorKind.STAFF, member.id, member.name)


@pytest.fixture
def clara(app, otto):
    member = cast.member(cast.CLARA, "clerk", {right.value for right in ROLES["clerk"]})
    return Actor(ActorKind.STAFF, member.id, member.name)


@pytest.fixture
def pune(app):
    store = Store(code="pune", name="Pune", time_zone="Asia/Kolkata", currency="INR")
    db.session.add(store)
    db.session.commit()
    return store


@pytest.fixture
def rows(pune):
    """Uma of Pune and Vic ask for Trade, Wyn of Pune for the Club."""
    trade, club = cast.group("Trade"), cast.group("Club", Approval.UPGRADE)
    found = [
        cast.applicant(Person(name, "Queue", f"{name}@demo.example"), group)
        for name, group in (("Uma", trade), ("Vic", trade), ("Wyn", club))
    ]
    for row in (found[0], found[2]):
        row.customer.stores = [pune]
    db.session.commit()
    return found


def seen(actor):
    page = queries.waiting(Wanted(member_id=actor.id))
    assert queries.count_waiting(Wanted(member_id=actor.id)) == len(page.rows)
    return [row.customer.first_name for row in page.rows]


def test_without_a_limit_everything_is_theirs(rows, clara):
    assert seen(clara) == ["Uma", "Vic", "Wyn"]


def test_a_limit_to_a_group_a_store_and_both(rows, otto, clara, pune):
    first = scopes.limit(clara.id, group=rows[0].group, store=None, by=otto)
    assert seen(clara) == ["Uma", "Vic"]
    scopes.lift(first.id, by=otto)
    second = scopes.limit(clara.id, group=None, store=pune, by=otto)
    assert seen(clara) == ["Uma", "Wyn"]
    scopes.lift(second.id, by=otto)
    scopes.limit(clara.id, group=rows[0].group, store=pune, by=otto)
    assert seen(clara) == ["Uma"]
    assert seen(otto) == ["Uma", "Vic", "Wyn"]


def test_several_limits_add_up(rows, otto, clara, pune):
    scopes.limit(clara.id, group=rows[2].group, store=None, by=otto)
    scopes.limit(clara.id, group=rows[0].group, store=pune, by=otto)
    assert seen(clara) == ["Uma", "Wyn"]


@pytest.mark.parametrize("act", ["approve", "decline", "ask", "undo"])
def test_what_is_not_theirs_they_do_not_decide(rows, otto, clara, act):
    scopes.limit(clara.id, group=rows[2].group, store=None, by=otto)
    db.session.commit()
    calls = {
        "approve": lambda: applications.approve(rows[0].id, by=clara),
        "decline": lambda: applications.decline(rows[0].id, reason="No.", by=clara),
        "ask": lambda: deciding.ask_for_more(rows[0].id, question="?", by=clara),
        "undo": lambda: deciding.undo(rows[0].id, by=clara),
    }
    with pytest.raises(NotAllowed, match="other groups or stores"):
        calls[act]()
    assert rows[0].is_open
    assert not applications.approve(rows[2].id, by=clara).is_open


def test_in_bulk_rows_of_others_are_left_with_the_reason(rows, otto, clara):
    scopes.limit(clara.id, group=rows[2].group, store=None, by=otto)
    run = bulk.approve_many([row.id for row in rows], by=clara, member_id=clara.id)
    assert [(one["application"], one["ok"]) for one in run.results] == [
        (rows[0].id, False),
        (rows[1].id, False),
        (rows[2].id, True),
    ]


def test_nobody_changes_their_own_limits(rows, otto, clara):
    with pytest.raises(NotAllowed, match="own limits"):
        scopes.limit(clara.id, group=rows[0].group, store=None, by=clara)
    row = scopes.limit(clara.id, group=rows[0].group, store=None, by=otto)
    with pytest.raises(NotAllowed, match="own limits"):
        scopes.lift(row.id, by=clara)


def test_a_limit_is_there_once_and_for_somebody_who_may_approve(rows, otto, clara):
    mark = cast.member(cast.MARK, "marketing", {right.value for right in ROLES["marketing"]})
    scopes.limit(clara.id, group=rows[0].group, store=None, by=otto)
    with pytest.raises(ScopeKnown):
        scopes.limit(clara.id, group=rows[0].group, store=None, by=otto)
    for number in (mark.id, 424242):
        with pytest.raises(NotFound):
            scopes.limit(number, group=None, store=None, by=otto)
    with pytest.raises(NotFound):
        scopes.lift(424242, by=otto)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ApproverScope)) == 1
