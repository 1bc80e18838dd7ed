"""Staff prove who they are: the second step at their door, and the shop that demands one."""

import dataclasses
import re

import pytest
import sqlalchemy as sa

from portal.accounts.models import RecoveryCode, SignInSession
from portal.audit.models import AuditEntry
from portal.foundation import access
from portal.foundation.database import db
from portal.staff.rules import OWNER
from tests import cast
from tests.accounts.apps import WRONG, App, app_of
from tests.mails import text_of
from tests.test_csrf import address, unsafe

# What it takes to set up a second step, and to leave.
OPEN_WITHOUT = (
    "/staff/confirm",
    "/staff/me/security",
    "/staff/me/authenticator",
    "/staff/me/passkeys",
    "/staff/passkeys/",
)


@pytest.fixture
def otto(app, clock):
    """The owner; time stands still."""
    return cast.member(cast.OTTO, "owner", set(OWNER))


@pytest.fixture
def demanding(shop_wants):
    """The shop demands a second step, as it does in production."""
    shop_wants(staff_second_factor="demanded")


def sign_in(browser, *, follow=False):
    browser.open("/staff/sign-in")
    return browser.send("/staff/sign-in", follow=follow, email=cast.OTTO.email, password=cast.STAFF_PASSWORD)


def prove(browser, code):
    browser.open("/staff/sign-in/second-step")
    return browser.send("", follow=False, code=code)


def test_the_code_opens_the_back_office_and_only_there(browser, otto):
    phone = app_of(otto.account)
    assert sign_in(browser).location == "/staff/sign-in/second-step"
    assert browser.open("/staff").request.path == "/staff/sign-in"
    assert prove(browser, WRONG).status_code == 422
    assert browser.open("/staff").request.path == "/staff/sign-in"
    assert prove(browser, phone.code()).location == "/staff"
    assert browser.open("/staff").request.path == "/staff"
    assert browser.open("/account").request.path == "/sign-in"


def test_five_wrong_codes_end_it_and_the_member_is_told(browser, otto, mailbox):
    app_of(otto.account)
    sign_in(browser)
    assert [prove(browser, WRONG).status_code for _ in range(5)] == [422] * 4 + [303]
    assert browser.open("/staff/sign-in/second-step").request.path == "/staff/sign-in"
    assert "Tell an owner of the shop" in text_of(mailbox()[0])


def test_outside_of_production_the_second_step_is_offered(browser, otto):
    sign_in(browser)
    assert browser.open("/staff").request.path == "/staff"
    assert "Authenticator app" in browser.open("/staff/me").text


def test_production_demands_it_unless_it_is_told_otherwise(app):
    before = app.extensions["portal.settings"]
    for env, choice, demanded in (
        ("production", "", True),
        ("production", "offered", False),
        ("development", "", False),
        ("development", "demanded", True),
    ):
        assert dataclasses.replace(before, env=env, staff_second_factor=choice).demands_second_factor is demanded


def test_without_a_factor_every_page_leads_to_the_one_that_sets_it_up(app, browser, otto, demanding):
    assert sign_in(browser, follow=True).request.path == "/staff/me/security"
    assert "Set up a second step" in browser.page.text
    led = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if "GET" in rule.methods and rule.rule.startswith("/staff") and access.right_of(view) != access.PUBLIC:
            path = address(app, rule)
            if not path.startswith(OPEN_WITHOUT):
                answer = browser.client.get(path)
                led[path] = (answer.status_code, answer.location)
    assert len(led) > 15
    assert set(led.values()) == {(303, "/staff/me/security")}


def test_without_a_factor_no_form_is_taken(app, browser, otto, demanding):
    page = sign_in(browser, follow=True).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answers = {}
    for rule, method in unsafe(app):
        path = address(app, rule)
        right = access.right_of(app.view_functions[rule.endpoint])
        if right.startswith(("staff", "backoffice")) and not path.startswith(OPEN_WITHOUT):
            answers[path] = browser.client.open(path, method=method, data={"csrf_token": token})
    assert len(answers) > 10
    for path, answer in answers.items():
        assert answer.status_code == 403, path
        assert "/staff/me/security" in answer.text, path


def test_an_app_is_set_up_the_codes_are_shown_and_the_back_office_is_open(browser, browsers, otto, demanding, mailbox):
    sign_in(browser, follow=True)
    browser.open("/staff/me/authenticator")
    page = browser.send("/authenticator").text
    phone = App(re.search(r'class="typed-key" translate="no">([A-Z2-7 ]+)<', page)[1].replace(" ", ""))
    page = browser.send("/on", code=phone.code()).text
    assert len(re.findall(r"<li>[0-9A-Z]{4}(?:-[0-9A-Z]{4}){5}</li>", page)) == 10
    assert browser.open("/staff").request.path == "/staff"
    assert db.session.execute(sa.select(sa.func.count()).select_from(RecoveryCode)).scalar_one() == 10
    assert sign_in(browsers()).location == "/staff/sign-in/second-step"
    assert "Tell an owner of the shop" in text_of(mailbox()[0])
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "account.app_added")).one()
    assert entry.actor_kind == "staff"


def test_removing_the_only_factor_closes_the_back_office_again(browser, otto, demanding):
    phone = app_of(otto.account)
    sign_in(browser)
    prove(browser, phone.code())
    browser.open("/staff/me/authenticator/remove")
    browser.send("/remove")
    assert browser.open("/staff/customers").request.path == "/staff/me/security"


def test_a_session_from_before_the_demand_is_led_there_too(browser, otto, shop_wants):
    sign_in(browser)
    assert browser.open("/staff/customers").request.path == "/staff/customers"
    shop_wants(staff_second_factor="demanded")
    assert browser.open("/staff/customers").request.path == "/staff/me/security"


def test_a_member_who_has_a_factor_is_asked_for_nothing_more(browser, otto, demanding):
    phone = app_of(otto.account)
    sign_in(browser)
    assert prove(browser, phone.code()).location == "/staff"
    assert browser.open("/staff/customers").request.path == "/staff/customers"
    assert (
        db.session.scalars(sa.select(SignInSession.methods).order_by(SignInSession.id.desc())).first()
        == "password totp"
    )


def test_the_factors_of_a_customer_open_nothing_for_staff_of_the_same_address(browser, otto, demanding):
    app_of(cast.account(cast.OTTO))
    sign_in(browser, follow=True)
    assert browser.open("/staff").request.path == "/staff/me/security", "the app of the customer is not the member's"
