"""Staff who are customers, too, do not decide about themselves."""

import pytest

from portal.accounts.models import Realm
from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.backoffice.customers import saving
from portal.foundation.database import db
from portal.foundation.errors import NotAllowed
from portal.groups import queries
from portal.groups.models import ApplicationState
from portal.groups.service import applications
from portal.staff.rules import ROLES
from tests import cast

IVY_AT_WORK = cast.Person("Ivy", "Ivanova", "IVY@demo.example")


@pytest.fixture
def row(app):
    """Ivy's application."""
    return cast.applicant(cast.IVY, cast.group())


@pytest.fixture
def herself(row):
    """Ivy at work, under the address that she has as a customer."""
    member = cast.member(IVY_AT_WORK, "clerk", set(ROLES["clerk"]))
    member.email_key = member.email.lower()
    db.session.commit()
    return Actor(ActorKind.STAFF, member.id, member.name)


@pytest.mark.parametrize(
    "decide",
    [
        lambda row, by: applications.approve(row.id, by=by),
        lambda row, by: applications.decline(row.id, reason="No.", by=by),
        lambda row, by: applications.close_by_hand(row.customer, by=by),
        lambda row, by: applications.set_group(row.customer, row.group_id, by=by),
        lambda row, by: saving.enable(row.customer, by=by),
    ],
    ids=["approve", "decline", "close", "regroup", "enable"],
)
def test_it_is_refused_and_nothing_is_written(row, herself, decide):
    with pytest.raises(NotAllowed, match="about yourself"):
        decide(row, herself)
    db.session.commit()
    db.session.refresh(row)
    assert row.state is ApplicationState.SUBMITTED
    assert queries.preferred_group(row.customer_id).is_default


def test_a_colleague_decides(row, herself):
    clara = cast.member(cast.CLARA, "clerk", set(ROLES["clerk"]))
    applications.approve(row.id, by=Actor(ActorKind.STAFF, clara.id, clara.name))
    assert row.state is ApplicationState.APPROVED


def test_as_a_customer_she_takes_her_own_back(row, herself):
    account = row.customer.account
    assert account.realm is Realm.CUSTOMER
    applications.withdraw(row, by=Actor(ActorKind.CUSTOMER, account.id, account.email))
    assert row.state is ApplicationState.WITHDRAWN
