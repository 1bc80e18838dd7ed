"""The pages of members: the list, an invitation, roles at places, leaving and coming back."""

import pytest

from portal.foundation.database import db
from portal.staff import queries
from portal.staff.rules import ROLES, Permission
from tests import cast
from tests.backoffice.desk import at_desk, seated

DEPUTY = ROLES["clerk"] | {Permission.MEMBER_VIEW, Permission.MEMBER_MODIFY}
DORA = cast.Person("Dora", "Deputy", "dora@demo.example")
NELL = {"name": "Nell New", "email": "nell@demo.example"}


@pytest.fixture
def otto(browser):
    """The owner at a browser."""
    return at_desk(browser, "owner")


@pytest.fixture
def pune(app):
    """A second store."""
    return cast.store()


@pytest.fixture
def clara(otto):
    """Clara, who clerks."""
    return cast.member(cast.CLARA, "clerk", ROLES["clerk"])


@pytest.fixture
def dora(clara, browsers):
    """Dora, who may do what clerks do and look after members, at a browser."""
    return seated(browsers(), cast.member(DORA, "deputy", DEPUTY))


def tick(name, place="all"):
    return f"{queries.role_named(name).id}:{place}"


def places_of(who):
    db.session.expire_all()
    return {(given.role.name, given.store.code if given.store else "") for given in who.roles}


def test_the_list_says_who_works_here_and_how(otto, clara, pune):
    clara.roles.append(cast.StaffRole(role=queries.role_named("marketing"), store=pune))
    page = otto.open("/staff/members").text
    assert "Otto Owner" in page
    assert "Clara Clerk" in page
    assert "(<bdi>Pune Camp</bdi>)" in page
    assert "2 members" in page
    assert "Nobody was dismissed" in otto.open("/staff/members?state=dismissed").text


def test_somebody_is_invited_and_gets_a_mail(otto, pune, outbox):
    otto.open("/staff/members/new")
    page = otto.send(given=[tick("clerk", "pune"), tick("marketing"), tick("marketing", "pune")], **NELL)
    assert "An invitation is on its way to nell@demo.example." in page.text
    nell = queries.by_email(NELL["email"])
    assert places_of(nell) == {("clerk", "pune"), ("marketing", "")}
    assert [(mail.kind, mail.to) for mail in outbox()] == [("staff.invitation", "nell@demo.example")]


def test_a_form_sent_twice_invites_once(otto, outbox):
    page = otto.open("/staff/members/new")
    otto.send(given=[tick("clerk")], **NELL)
    otto._arrive(page)
    assert otto.send(given=[tick("clerk")], **NELL).status_code == 200
    assert len(outbox()) == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"email": ""}, "email"),
        ({"email": "nell"}, "email"),
        ({"email": "otto@demo.example"}, "email"),
        ({"given": []}, "given"),
        ({"given": ["987654:all"]}, "given"),
        ({"given": ["1:moon"]}, "given"),
        ({"given": ["x"]}, "given"),
        ({"given": ["1:all\0"]}, "given"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(otto, outbox, typed, field):
    otto.open("/staff/members/new")
    page = otto.send(**({"given": [tick("clerk")]} | NELL | typed))
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert outbox() == []


def test_roles_are_changed_at_places(otto, clara, pune):
    otto.open(f"/staff/members/{clara.id}/roles")
    page = otto.send(given=[tick("clerk", "pune")])
    assert "The roles of Clara Clerk are saved." in page.text
    assert places_of(clara) == {("clerk", "pune")}


def test_an_owner_is_one_in_all_stores(otto, clara, pune):
    page = otto.open(f"/staff/members/{clara.id}/roles").text
    assert tick("owner") in page
    assert tick("owner", "pune") not in page
    assert otto.send(given=[tick("owner", "pune")]).status_code == 422
    assert places_of(clara) == {("clerk", "")}


def test_the_second_of_two_editors_sees_both_versions(browsers, otto, clara, pune):
    olga = seated(browsers(), cast.member(cast.MARK, "owner", ()))
    for who in (otto, olga):
        who.open(f"/staff/members/{clara.id}/roles")
    otto.send(given=[tick("clerk", "pune")])
    page = olga.send(given=[tick("marketing")])
    assert page.status_code == 409
    assert "clerk (Pune Camp)" in page.text
    assert "marketing" in page.text
    assert places_of(clara) == {("clerk", "pune")}


def test_what_one_could_not_give_has_no_tick_and_stays(dora, clara, pune):
    clara.roles.append(cast.StaffRole(role=queries.role_named("marketing"), store=pune))
    page = dora.open(f"/staff/members/{clara.id}/roles").text
    assert tick("clerk", "pune") in page
    assert tick("marketing") not in page
    assert tick("owner") not in page
    dora.send(given=[tick("clerk", "online")])
    assert places_of(clara) == {("clerk", "online"), ("marketing", "pune")}


def test_a_forged_tick_is_refused(dora, clara, outbox):
    dora.open(f"/staff/members/{clara.id}/roles")
    assert dora.send(given=[tick("owner")]).status_code == 403
    dora.open("/staff/members/new")
    assert dora.send(given=[tick("owner")], **NELL).status_code == 403
    assert places_of(clara) == {("clerk", "")}
    assert (queries.by_email(NELL["email"]), outbox()) == (None, [])


def test_nobody_finds_a_way_to_change_themselves(otto, dora):
    for who, email in ((otto, cast.OTTO.email), (dora, DORA.email)):
        path = f"/staff/members/{queries.by_email(email).id}"
        page = who.open(path).text
        for act in ("roles", "dismiss", "link"):
            assert f"{path}/{act}" not in page
        assert who.client.get(f"{path}/roles").status_code == 403
        assert who.client.get(f"{path}/dismiss").status_code == 403


def test_who_is_dismissed_is_signed_out_and_comes_back_by_mail(otto, clara, browsers, outbox):
    desk = seated(browsers(), clara)
    assert desk.open("/staff").status_code == 200
    otto.open(f"/staff/members/{clara.id}/dismiss")
    page = otto.send("/dismiss")
    assert "Clara Clerk no longer works here, and is signed out everywhere." in page.text
    assert desk.open("/staff").request.path == "/staff/sign-in"
    assert "Clara Clerk" in otto.open("/staff/members?state=dismissed").text
    assert "Clara Clerk" not in otto.open("/staff/members").text
    otto.open(f"/staff/members/{clara.id}")
    assert "a link is on its way" in otto.send("/back").text
    assert [mail.to for mail in outbox()] == [cast.CLARA.email]


def test_a_link_is_sent_again(otto, clara, outbox):
    otto.open(f"/staff/members/{clara.id}")
    assert "A link is on its way" in otto.send("/link").text
    assert [mail.kind for mail in outbox()] == ["staff.invitation"]


def test_the_last_owner_is_not_offered_to_leave(browsers, otto):
    deputy = seated(browsers(), cast.member(DORA, "second", set(Permission)))
    path = f"/staff/members/{queries.by_email(cast.OTTO.email).id}"
    page = deputy.open(path).text
    assert "is the last owner" in page
    assert f"{path}/dismiss" not in page
    assert deputy.client.get(f"{path}/dismiss").status_code == 409
    deputy.open(f"{path}/roles")
    assert deputy.send(given=[tick("clerk")]).status_code == 409


def test_who_may_only_look_has_no_button(browser):
    who = seated(browser, cast.member(cast.MARK, "looker", {Permission.MEMBER_VIEW}))
    assert "/staff/members/new" not in who.open("/staff/members").text
    assert "<form" not in who.open(f"/staff/members/{queries.by_email(cast.MARK.email).id}").text.partition("<main")[2]
