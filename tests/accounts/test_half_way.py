"""Half way in, after the right password and before the code: nobody is signed in, and nothing is open."""

from datetime import timedelta

from portal.accounts.models import AccountStatus
from portal.accounts.service import sessions
from portal.foundation import access
from portal.foundation.database import db
from tests import cast
from tests.accounts.apps import app_of, is_in, is_wrong, prove, the_account
from tests.accounts.test_sessions import session_line, sign_in
from tests.test_csrf import address, unsafe


def test_half_way_in_no_page_knows_who_it_is(app, half_way, client):
    """Every page answers as it answers anybody: the walk over all addresses."""
    differences = []
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.rule == "/sign-in/second-step" or rule.endpoint == "static":
            continue
        path = address(app, rule)
        mine, anybodys = half_way.client.get(path), client.get(path)
        if (mine.status_code, mine.location) != (anybodys.status_code, anybodys.location):
            differences.append((path, mine.status_code, mine.location))
        if cast.ANN.email in mine.text or "<bdi>Ann</bdi>" in mine.text:
            differences.append((path, "knows her"))
    assert differences == []


def test_half_way_in_no_form_is_taken(app, half_way):
    token = half_way.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    taken = []
    for rule, method in unsafe(app):
        if access.right_of(app.view_functions[rule.endpoint]) == access.PUBLIC:
            continue
        answer = half_way.client.open(address(app, rule), method=method, data={"csrf_token": token})
        if answer.status_code != 401:
            taken.append((rule.rule, answer.status_code))
    assert taken == []


def test_the_handle_of_the_second_step_is_no_session(half_way):
    with half_way.client.session_transaction() as kept:
        handle = kept["second step customer"][0]
        kept["customer"] = handle
    assert not is_in(half_way)
    with half_way.client.session_transaction() as kept:
        kept["staff"] = handle
    assert half_way.open("/staff").request.path == "/staff/sign-in"


def test_a_session_is_no_second_step(browsers, ann, phone):
    cast.customer(cast.BEN)
    ben = browsers()
    sign_in(ben, cast.BEN)
    with ben.client.session_transaction() as kept:
        kept["second step customer"] = [kept["customer"], False, ""]
    assert ben.client.get("/sign-in/second-step").location == "/sign-in"


def test_the_second_step_of_one_realm_is_not_that_of_the_other(half_way, phone):
    with half_way.client.session_transaction() as kept:
        kept["second step staff"] = kept.pop("second step customer")
    assert half_way.open("/staff/sign-in/second-step").request.path == "/staff/sign-in"


def test_a_planted_second_step_signs_the_victim_in_nowhere_new(browsers, phone):
    """An attacker who gives somebody a browser half way in to the attacker's account gains no code of theirs."""
    cast.customer(cast.BEN)
    his = app_of(the_account(cast.BEN.email))
    attacker, victim = browsers(), browsers()
    sign_in(attacker, cast.BEN)
    victim.client.set_cookie("session", attacker.client.get_cookie("session").value)
    sign_in(victim)
    victim.open("/sign-in/second-step")
    assert is_wrong(prove(victim, his.code())), "the victim's own password began a second step of their own"
    assert prove(victim, phone.code()).location == "/account"
    assert "<bdi>Ann</bdi>" in victim.open("/account/security").text
    assert not is_in(attacker)


def test_a_second_step_is_over_after_ten_minutes_and_after_a_new_password(browsers, phone, clock):
    one, two = browsers(), browsers()
    for browser in (one, two):
        sign_in(browser)
        browser.open("/sign-in/second-step")
    clock.shift(timedelta(minutes=10))
    assert prove(one, phone.code()).location == "/sign-in"
    sign_in(two)
    two.open("/sign-in/second-step")
    account = the_account(cast.ANN.email)
    sessions.end_all(account)
    db.session.commit()
    assert prove(two, phone.code()).location == "/sign-in"


def test_the_way_on_and_the_lasting_session_come_through_the_second_step(browser, phone):
    browser.open("/sign-in?next=/account/profile")
    browser.send("/sign-in", email=cast.ANN.email, password=cast.PASSWORD, remember="1")
    answer = prove(browser, phone.code())
    assert answer.location == "/account/profile"
    assert "Expires" in session_line(answer)


def test_a_disabled_account_is_not_let_in_by_its_code(half_way, phone):
    account = the_account(cast.ANN.email)
    account.status = AccountStatus.DISABLED
    db.session.commit()
    assert prove(half_way, phone.code()).location == "/sign-in"
    assert not is_in(half_way)


def test_who_waits_at_the_gate_proves_it_too_and_reaches_the_waiting_page_only(browser, clock):
    cast.applicant(cast.IVY, cast.group())
    phone = app_of(the_account(cast.IVY.email))
    sign_in(browser, cast.IVY)
    browser.open("/sign-in/second-step")
    assert prove(browser, phone.code()).location == "/waiting"


def test_a_wrong_password_never_asks_for_a_code(browser, phone):
    assert sign_in(browser, password="wrong").status_code == 422
    assert browser.open("/sign-in/second-step").request.path == "/sign-in"
