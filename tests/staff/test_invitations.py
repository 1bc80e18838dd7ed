"""How somebody begins and ends to work here."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, Realm
from portal.audit.service import OPERATOR
from portal.foundation import tokens
from portal.foundation.database import db
from portal.staff import queries, rules, service
from portal.staff.errors import LastOwner, NotAnAddress, UnknownRole
from portal.staff.models import Role, RoleGrant, StaffMember
from tests import cast

LONG = "violet ladder harbour"


def invite(role="owner", email=cast.OTTO.email, name="Otto Owner"):
    member, path = service.invite(email, role, name)
    db.session.commit()
    return member, path


def accept(browser, path, password=LONG):
    browser.open(path)
    return browser.send(follow=False, password=password, confirm_password=password)


def sign_in(browser, email=cast.OTTO.email, password=LONG):
    browser.open("/staff/sign-in")
    return browser.send("/staff/sign-in", follow=False, email=email, password=password)


def test_invited_then_accepted_then_at_work(app, browser):
    _, path = invite()
    assert cast.OTTO.email in browser.open(path).text
    assert accept(browser, path).location == "/staff/sign-in"
    assert sign_in(browser).location == "/staff"
    assert browser.open("/staff").request.path == "/staff"


def test_the_command_prints_the_link_and_names_the_roles_when_asked_for_another(app):
    run = app.test_cli_runner().invoke
    said = run(args=["staff", "invite", "otto@demo.example", "--role", "owner", "--name", "Otto"])
    assert said.exit_code == 0
    assert said.output.startswith("http://localhost/staff/invitation/")
    wrong = run(args=["staff", "invite", "otto@demo.example", "--role", "king"])
    assert wrong.exit_code == 1
    assert "clerk, marketing, owner" in wrong.output
    nobody = run(args=["staff", "invite", "otto", "--role", "owner"])
    assert nobody.exit_code == 1
    assert db.session.scalars(sa.select(StaffMember.name)).all() == ["Otto"]


def test_inviting_again_makes_a_new_link_and_ends_the_old_one(app, browser):
    _, first = invite()
    _, second = invite()
    assert browser.open(first).status_code == 410
    assert browser.open(second).status_code == 200


def test_a_new_link_is_how_staff_recover_and_it_ends_their_sessions(app, browsers):
    browser = browsers()
    accept(browser, invite()[1])
    sign_in(browser)
    assert accept(browsers(), invite()[1], "another long password").status_code == 303
    assert browser.open("/staff").request.path == "/staff/sign-in"
    assert sign_in(browsers(), password="another long password").status_code == 303
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Account)) == 1


@pytest.mark.parametrize("password", ["fourteen chars", "password password", "otto@demo.example", "", "x" * 1025])
def test_a_password_for_staff_is_long_and_not_guessable(app, browser, password):
    _, path = invite()
    assert accept(browser, path, password).status_code == 422


def test_a_link_works_once_and_for_three_days(clock, app, browsers):
    _, path = invite()
    clock.shift(timedelta(hours=72) - timedelta(seconds=1))
    assert accept(browsers(), path).status_code == 303
    assert browsers().open(path).status_code == 410
    _, path = invite()
    clock.shift(timedelta(hours=72))
    assert browsers().open(path).status_code == 410


def test_a_link_of_customers_opens_nothing_here(app, browser):
    token = tokens.issue(tokens.Purpose("reset-password", timedelta(hours=1)), 1)
    db.session.commit()
    assert browser.open(f"/staff/invitation/{token}").status_code == 404


def test_the_address_of_a_customer_can_work_here_too(app, browser):
    cast.customer(cast.ANN)
    _, path = invite(email=cast.ANN.email)
    assert accept(browser, path).status_code == 303
    assert sorted(db.session.scalars(sa.select(Account.realm))) == [Realm.CUSTOMER, Realm.STAFF]


def test_the_roles_of_the_registry_are_in_the_tables(app):
    service.ensure_roles()
    service.ensure_roles()
    db.session.commit()
    stored = {role.name: {grant.permission for grant in role.grants} for role in db.session.scalars(sa.select(Role))}
    assert stored == {name: set(permissions) for name, permissions in rules.ROLES.items()}


def test_a_right_that_left_the_registry_leaves_the_role(app):
    service.ensure_roles()
    db.session.commit()
    role = db.session.scalars(sa.select(Role).where(Role.name == "clerk")).one()
    lost = role.grants[0].permission
    role.grants[0].permission = "gone.with.the.wind"
    db.session.commit()
    service.ensure_roles()
    db.session.commit()
    db.session.expire_all()
    assert {grant.permission for grant in role.grants} == set(rules.CLERK) - {lost}


def test_what_a_shop_made_of_its_roles_stays(app):
    service.ensure_roles()
    db.session.execute(sa.delete(Role).where(Role.name == "marketing"))
    clerk = db.session.scalars(sa.select(Role).where(Role.name == "clerk")).one()
    clerk.grants = [RoleGrant(permission=rules.Permission.AUDIT_VIEW)]
    db.session.commit()
    service.ensure_roles()
    db.session.commit()
    stored = {role.name: {grant.permission for grant in role.grants} for role in db.session.scalars(sa.select(Role))}
    assert stored == {"owner": set(rules.OWNER), "clerk": {rules.Permission.AUDIT_VIEW}}


def test_a_right_that_comes_with_an_upgrade_reaches_the_owner_at_once(app):
    service.ensure_roles()
    db.session.execute(sa.delete(RoleGrant))
    db.session.commit()
    otto = cast.member(cast.OTTO, "owner", ())
    assert queries.permissions_of(otto) == rules.OWNER


def test_the_last_owner_stays(app):
    otto = cast.member(cast.OTTO, "owner", set())
    with pytest.raises(LastOwner):
        service.dismiss(otto, OPERATOR)
    with pytest.raises(LastOwner):
        service.invite(cast.OTTO.email, "clerk")
    with pytest.raises(LastOwner):
        service.change_role(otto, "clerk", OPERATOR)
    clara = cast.member(cast.CLARA, "owner", set())
    service.dismiss(otto, OPERATOR)
    assert [member.id for member in queries.owners()] == [clara.id]


def test_an_owner_who_never_accepted_is_no_owner_yet(app):
    otto = cast.member(cast.OTTO, "owner", set())
    invite(email=cast.CLARA.email)
    with pytest.raises(LastOwner):
        service.dismiss(otto, OPERATOR)


def test_who_is_dismissed_is_out_at_once_and_can_come_back(app, browsers):
    cast.member(cast.OTTO, "owner", set())
    _, path = invite("clerk", cast.CLARA.email, "Clara")
    browser = browsers()
    accept(browser, path)
    sign_in(browser, cast.CLARA.email)
    assert browser.open("/staff").request.path == "/staff"
    service.dismiss(queries.by_email(cast.CLARA.email), OPERATOR)
    db.session.commit()
    assert browser.open("/staff").request.path == "/staff/sign-in"
    page = sign_in(browsers(), cast.CLARA.email)
    assert (page.status_code, "no longer have access" in page.text) == (422, True)
    _, path = invite("clerk", cast.CLARA.email)
    assert accept(browsers(), path, "another long password").status_code == 303
    assert sign_in(browsers(), cast.CLARA.email, "another long password").status_code == 303


@pytest.mark.parametrize(("email", "role", "refusal"), [("x", "owner", NotAnAddress), ("a@b.example", "", UnknownRole)])
def test_an_invitation_needs_an_address_and_a_role(app, email, role, refusal):
    with pytest.raises(refusal):
        service.invite(email, role)


def test_staff_are_signed_out_after_fifteen_minutes_without_use(clock, browser):
    cast.member(cast.OTTO, "owner", set())
    sign_in(browser, password=cast.STAFF_PASSWORD)
    clock.shift(timedelta(minutes=14, seconds=59))
    assert browser.open("/staff").request.path == "/staff"
    clock.shift(timedelta(minutes=15))
    assert browser.open("/staff").request.path == "/staff/sign-in"


def test_a_page_of_the_back_office_is_where_it_goes_on(browser):
    cast.member(cast.OTTO, "owner", set())
    assert browser.open("/staff/me").request.path == "/staff/sign-in"
    data = {"email": cast.OTTO.email, "password": cast.STAFF_PASSWORD}
    assert browser.send("/staff/sign-in", follow=False, **data).location == "/staff/me"
    browser.open("/staff/me")
    browser.send("/staff/sign-out")
    browser.open("/staff/sign-in?next=/account")
    assert browser.send("/staff/sign-in", follow=False, **data).location == "/staff"
