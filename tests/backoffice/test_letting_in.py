"""Letting somebody in by hand takes the right to approve: who may modify gets around no approver, and no limit."""

import pytest

from portal.accounts.models import Hold
from portal.foundation.database import db
from portal.groups import queries
from portal.groups.models import ApplicationState, Approval, ApproverScope
from portal.staff.rules import ROLES, Permission
from tests import cast
from tests.backoffice.calling import secret_of
from tests.backoffice.desk import at_desk, seated

EDITOR = {Permission.CUSTOMER_VIEW, Permission.CUSTOMER_MODIFY, Permission.CUSTOMER_ADD}
IVY = "/staff/customers/T-IVY"


def member_with(permissions):
    return cast.member(cast.MARK, "worker", {one.value for one in permissions})


def post(browser, path, **fields):
    browser.open("/staff/me")
    return browser.client.post(path, data={"csrf_token": secret_of(browser), **fields})


def stands(row):
    """Whether an applicant is held, in the group, and how the application stands."""
    db.session.expire_all()
    inside = any(one.group_id == row.group_id for one in queries.memberships(row.customer_id))
    return row.customer.account.held_for, inside, row.state


WAITING = (Hold.WAITING, False, ApplicationState.SUBMITTED)
WAYS = {
    "members": lambda browser, row: post(browser, f"/staff/groups/{row.group_id}/members/T-IVY/prefer"),
    "tab": lambda browser, row: post(browser, f"{IVY}/groups", group=str(row.group_id)),
    "terms": lambda browser, row: post(browser, f"{IVY}/groups", group=str(row.group_id), with_terms="1"),
    "enable": lambda browser, _row: post(browser, f"{IVY}/enable"),
    "bulk": lambda browser, row: post(
        browser, "/staff/customers/bulk/group", id=str(row.customer_id), to_group=str(row.group_id)
    ),
    "edit": lambda browser, row: browser.open(f"{IVY}/edit") and browser.send(customer_group=str(row.group_id)),
}


@pytest.mark.parametrize("way", list(WAYS))
def test_who_may_not_approve_lets_nobody_in(browser, app, way):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    WAYS[way](seated(browser, member_with(EDITOR)), row)
    assert stands(row) == WAITING


@pytest.mark.parametrize("way", list(WAYS))
def test_nor_does_one_approver_alone_where_two_are_wanted(browser, app, way):
    row = cast.applicant(cast.IVY, cast.group("Trade", two_approvers=True))
    WAYS[way](seated(browser, member_with(ROLES["clerk"])), row)
    assert stands(row) == WAITING


@pytest.mark.parametrize("way", list(WAYS))
def test_nor_an_approver_of_another_group(browser, app, way):
    row, member = cast.applicant(cast.IVY, cast.group("Trade")), member_with(ROLES["clerk"])
    db.session.add(ApproverScope(member=member, group=cast.group("Other")))
    db.session.commit()
    WAYS[way](seated(browser, member), row)
    assert stands(row) == WAITING


def test_the_form_says_at_its_field_why_a_group_is_not_given(browser, app):
    cast.customer(cast.IVY)
    trade = cast.group("Trade", Approval.UPGRADE)
    editor = seated(browser, member_with(EDITOR))
    editor.open(f"{IVY}/edit")
    page = editor.send(customer_group=str(trade.id), remarks="Kept")
    assert page.status_code == 422
    assert "Trade asks for approval, which is not yours to give." in page.text
    assert "Kept" in page.text


def test_who_may_approve_puts_somebody_in_by_hand(browser, app):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    clerk = at_desk(browser, "clerk")
    assert WAYS["terms"](clerk, row).status_code == 303
    assert stands(row) == (None, True, ApplicationState.WITHDRAWN)


def test_somebody_disabled_is_enabled_by_who_may_modify_and_goes_on_waiting(browser, app):
    row = cast.applicant(cast.IVY, cast.group("Trade"))
    editor = seated(browser, member_with(EDITOR))
    post(editor, f"{IVY}/disable", reason="Asked for it")
    db.session.expire_all()
    assert row.customer.disabled_at is not None
    post(editor, f"{IVY}/enable")
    assert stands(row) == WAITING
    assert row.customer.disabled_at is None
