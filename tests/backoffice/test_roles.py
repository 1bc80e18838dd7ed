"""The pages of roles: the tree of ticks, copies, two editors, and what is not one's own to give."""

from datetime import timedelta

import pytest

from portal.foundation.database import db
from portal.staff import queries
from portal.staff.rules import OWNER, ROLES, Permission
from tests import cast
from tests.backoffice.desk import at_desk, seated

VIEW, MODIFY, AUDIT = Permission.CUSTOMER_VIEW, Permission.CUSTOMER_MODIFY, Permission.AUDIT_VIEW
EDITS = {Permission.ROLE_VIEW, Permission.ROLE_MODIFY}


@pytest.fixture
def otto(browser):
    """The owner at a browser."""
    return at_desk(browser, "owner")


@pytest.fixture
def dora(app, browsers):
    """Dora, who edits roles and knows customers, at a browser."""
    return seated(browsers(), cast.member(cast.Person("Dora", "Deputy", "dora@demo.example"), "deputy", EDITS | {VIEW}))


def role(name):
    db.session.expire_all()
    return queries.role_named(name)


def grants(name):
    return queries.grants_of(role(name))


def test_a_role_is_made_from_the_tree(otto):
    page = otto.open("/staff/roles/new")
    assert page.text.count('name="permission"') == len(Permission)
    page = otto.send(name="Till", permission=[VIEW, MODIFY])
    assert "The role Till is there." in page.text
    assert grants("Till") == {VIEW, MODIFY}
    assert "Look, change" in page.text


def test_a_form_sent_twice_makes_one_role(otto):
    page = otto.open("/staff/roles/new")
    otto.send(name="Till")
    otto._arrive(page)
    assert otto.send(name="Till").status_code == 200
    assert len(queries.roles()) == 4


def test_a_role_is_copied_as_far_as_one_may_pass_it_on(otto, dora):
    clerk = role("clerk").id
    assert otto.open(f"/staff/roles/new?copy={clerk}").text.count(" checked") == len(ROLES["clerk"])
    assert dora.open(f"/staff/roles/new?copy={clerk}").text.count(" checked") == 1
    for wrong in ("x", "987654", "-1", "9" * 30, "٣"):
        assert otto.open(f"/staff/roles/new?copy={wrong}").text.count(" checked") == 0


@pytest.mark.parametrize("typed", [{"name": ""}, {"name": "x" * 65}, {"name": "a\0b"}, {"name": " OWNER"}])
def test_a_name_that_will_not_do_keeps_the_ticks(otto, typed):
    otto.open("/staff/roles/new")
    page = otto.send(**({"permission": [VIEW]} | typed))
    assert page.status_code == 422
    assert 'id="name-error"' in page.text
    assert page.text.count(" checked") == 1


def test_what_is_no_right_is_refused(otto):
    otto.open("/staff/roles/new")
    assert otto.send(name="Till", permission=["backoffice.everything"]).status_code == 422
    assert role("Till") is None


def test_an_edit_takes_and_gives(otto):
    otto.open(f"/staff/roles/{role('clerk').id}/edit")
    page = otto.send(name="Counter", permission=[VIEW, AUDIT])
    assert "counts from the next page" in page.text
    assert grants("Counter") == {VIEW, AUDIT}


def test_the_second_of_two_editors_sees_both_versions_and_may_go_on(browsers):
    otto, olga = at_desk(browsers(), "owner"), seated(browsers(), cast.member(cast.MARK, "owner", ()))
    clerk = role("clerk").id
    for who in (otto, olga):
        who.open(f"/staff/roles/{clerk}/edit")
    otto.send(name="clerk", permission=[VIEW])
    page = olga.send(name="clerk", permission=[VIEW, AUDIT])
    assert page.status_code == 409
    assert "Audit log: look" in page.text
    assert grants("clerk") == {VIEW}
    olga.send("", version=role("clerk").version, name="clerk", permission=[VIEW, AUDIT])
    assert grants("clerk") == {VIEW, AUDIT}


def test_what_one_lacks_has_no_tick_and_stays(dora):
    auditor = cast.role("auditor", {VIEW, AUDIT})
    db.session.commit()
    page = dora.open(f"/staff/roles/{auditor.id}/edit")
    assert page.text.count('name="permission"') == len(EDITS | {VIEW})
    assert "Look: yes, and stays so" in page.text
    dora.send(name="auditor", permission=[])
    assert grants("auditor") == {AUDIT}


def test_a_forged_tick_is_refused(dora):
    dora.open("/staff/roles/new")
    assert dora.send(name="Till", permission=[VIEW, AUDIT]).status_code == 403
    dora.open(f"/staff/roles/{role('clerk').id}/edit")
    assert dora.send(name="clerk", permission=[VIEW, AUDIT]).status_code == 403
    assert grants("clerk") == ROLES["clerk"]
    assert role("Till") is None


def test_ones_own_role_and_the_owners_offer_no_edit(otto, dora):
    for who, name in ((dora, "deputy"), (otto, "owner"), (dora, "owner")):
        path = f"/staff/roles/{role(name).id}"
        page = who.open(path)
        assert f"{path}/edit" not in page.text
        assert f"{path}/delete" not in page.text
        for act in ("edit", "delete"):
            assert who.client.get(f"{path}/{act}").status_code == 403
    assert grants("owner") == OWNER


def test_a_role_is_deleted_once_nobody_has_it(otto):
    clara = cast.member(cast.CLARA, "clerk", ROLES["clerk"])
    path = f"/staff/roles/{role('clerk').id}"
    page = otto.open(path)
    assert "1 member has the role clerk. Give them another one first." in page.text
    assert otto.client.get(f"{path}/delete").status_code == 409
    clara.roles = [cast.StaffRole(role=role("marketing"))]
    otto.open(f"{path}/delete")
    page = otto.send("/delete")
    assert "The role clerk is deleted." in page.text
    assert role("clerk") is None
    assert otto.open(path).status_code == 404


def test_roles_ask_once_more_who_is_at_the_keyboard(app, browser, clock):
    otto = at_desk(browser, "owner")
    clerk = role("clerk").id
    otto.open("/staff/roles/new")
    clock.shift(timedelta(minutes=6))
    assert otto.send(name="Till").status_code == 403
    for path in ("/staff/roles/new", f"/staff/roles/{clerk}/edit", f"/staff/roles/{clerk}/delete"):
        assert otto.client.get(path).location.startswith("/staff/confirm?next=")
    assert otto.open(f"/staff/roles/{clerk}").status_code == 200
    assert role("Till") is None
