"""Every page of the back office × every role: open to those with the right, closed to everybody else."""

import pytest
import sqlalchemy as sa

from portal.foundation import access, clock
from portal.foundation.database import db
from portal.staff.models import RoleGrant, StaffMember
from portal.staff.rules import ROLES, Permission
from tests import cast

SAMPLES = {"int": 987654, "string": "T-ANN", "path": "x", "uuid": "0"}
STAFF = {"owner": cast.OTTO, "clerk": cast.CLARA, "marketing": cast.MARK}


def address(rule):
    """An address of a rule, with something in every place; whether it exists matters not, the door comes first."""
    url = rule.rule
    for name, converter in rule._converters.items():
        kind = "int" if "Int" in type(converter).__name__ or "RowId" in type(converter).__name__ else "string"
        for written in (f"<int:{name}>", f"<{name}>", f"<path:{name}>"):
            url = url.replace(written, str(SAMPLES[kind]))
    return url


@pytest.fixture
def doors(app):
    """Every address under /staff with its method and the right that it asks for."""
    app.config["WTF_CSRF_ENABLED"] = False
    yield [
        (method, address(rule), access.right_of(app.view_functions[rule.endpoint]))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/staff")
        for method in sorted(rule.methods & {"GET", "POST"})
    ]
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.fixture
def at_work(app, browser):
    """Somebody of a role, signed in through the page."""

    def enter(role):
        cast.customer(cast.ANN)
        cast.member(STAFF[role], role, set(ROLES[role]))
        browser.open("/staff/sign-in")
        browser.send(email=STAFF[role].email, password=cast.STAFF_PASSWORD)
        assert browser.path == "/staff"
        return browser.client

    return enter


def test_the_house_has_doors_to_try(doors):
    assert len(doors) > 20
    assert {right for _, _, right in doors} <= {access.PUBLIC, "staff", *Permission}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_it_has_the_right_to_and_nothing_else(doors, at_work, role):
    client = at_work(role)
    wrong = []
    for method, url, right in doors:
        if right == access.PUBLIC or url.endswith(("/sign-out", "/sign-out-everywhere")):
            continue
        status = client.open(url, method=method).status_code
        allowed = right == "staff" or right in ROLES[role]
        if (status == 403) is allowed or status >= 500 or status == 401:
            wrong.append((method, url, right, status))
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_shows_just_what_a_role_may_open(at_work, role):
    page = at_work(role).get("/staff").text
    shown = {
        path
        for path in ("customers", "approvals", "groups", "audiences", "outbox", "audit")
        if f'href="/staff/{path}"' in page
    }
    may = {
        "customers": Permission.CUSTOMER_VIEW,
        "approvals": Permission.CUSTOMER_APPROVE,
        "groups": Permission.GROUP_VIEW,
        "audiences": Permission.AUDIENCE_VIEW,
        "outbox": Permission.OUTBOX_VIEW,
        "audit": Permission.AUDIT_VIEW,
    }
    assert shown == {path for path, permission in may.items() if permission in ROLES[role]}


def test_nobody_signed_in_is_led_to_the_sign_in_page_and_forms_are_refused(doors, client):
    for method, url, right in doors:
        if right == access.PUBLIC:
            continue
        response = client.open(url, method=method)
        if method == "GET":
            assert response.status_code == 303, url
            assert response.location.startswith("/staff/sign-in?next="), url
        else:
            assert response.status_code == 401, url


def test_a_customer_is_nobody_in_the_back_office(doors, app, browser):
    cast.customer(cast.ANN)
    browser.open("/sign-in")
    browser.send(email=cast.ANN.email, password=cast.PASSWORD)
    assert browser.path == "/account"
    for method, url, right in doors:
        if right != access.PUBLIC:
            assert browser.client.open(url, method=method).status_code == (303 if method == "GET" else 401), url


def test_a_right_that_is_taken_away_is_gone_with_the_next_request(app, at_work):
    client = at_work("clerk")
    assert client.get("/staff/customers").status_code == 200
    db.session.execute(sa.delete(RoleGrant).where(RoleGrant.permission == Permission.CUSTOMER_VIEW))
    db.session.commit()
    assert client.get("/staff/customers").status_code == 403


def test_a_dismissed_member_is_nobody(app, at_work):
    client = at_work("owner")
    db.session.scalars(sa.select(StaffMember)).one().dismissed_at = clock.now()
    db.session.commit()
    assert client.get("/staff").status_code == 303


def test_a_staff_session_opens_nothing_of_the_customers_side(app, at_work):
    assert at_work("owner").get("/account").status_code == 303
