"""A session is a row: whatever ends it ends it for every copy of its cookie."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, AccountStatus, Realm, SignInSession
from portal.accounts.service import sessions
from portal.accounts.service.sessions import MOST, Visitor
from portal.foundation import crypto
from portal.foundation.database import db
from tests import cast
from tests.accounts.stage import disabled
from tests.browsing import Browser

NEW = "violet ladder harbour"


def sign_in(browser, person=cast.ANN, password=cast.PASSWORD, **fields):
    browser.open("/sign-in")
    return browser.send("/sign-in", follow=False, email=person.email, password=password, **fields)


def cookie(browser):
    return browser.client.get_cookie("session").value


def session_line(answer):
    [line] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("session=")]
    return line


def replay(app, value):
    """Somebody else with a copy of the cookie."""
    thief = Browser(app)
    thief.client.set_cookie("session", value)
    return thief.client.get("/account/security"), thief.client.post("/account/security/sign-out-others")


@pytest.fixture
def signed_in(browser, ann):
    assert sign_in(browser).status_code == 303
    return browser


def leave(browser):
    browser.open("/account/security")
    browser.send("/sign-out")


def leave_everywhere(browser):
    browser.open("/account/security")
    browser.send("/sign-out-everywhere")


def disable(browser):
    account = db.session.scalars(sa.select(Account)).one()
    account.status = AccountStatus.DISABLED
    db.session.commit()


def end_by_hand(browser):
    sessions.end_all(db.session.scalars(sa.select(Account)).one())
    db.session.commit()


@pytest.mark.parametrize("end", [leave, leave_everywhere, disable, end_by_hand])
def test_a_saved_cookie_opens_nothing_after(app, signed_in, end):
    saved = cookie(signed_in)
    assert replay(app, saved)[0].status_code == 200
    end(signed_in)
    page, form = replay(app, saved)
    assert (page.status_code, page.location) == (303, "/sign-in?next=/account/security")
    assert form.status_code in (400, 401)


def change_the_password(browser):
    browser.open("/account/security")
    browser.send("/account/security", current_password=cast.PASSWORD, password=NEW, confirm_password=NEW)


def end_the_others(browser):
    browser.open("/account/security")
    browser.send("/sign-out-others")


@pytest.mark.parametrize("act", [change_the_password, end_the_others])
def test_a_copy_of_the_cookie_of_the_session_that_goes_on_opens_nothing_after(app, signed_in, act):
    saved = cookie(signed_in)
    act(signed_in)
    page, form = replay(app, saved)
    assert (page.status_code, page.location) == (303, "/sign-in?next=/account/security")
    assert form.status_code in (400, 401)
    assert signed_in.open("/account/security").request.path == "/account/security"


def test_a_form_sent_after_the_session_ended_hears_401(signed_in):
    signed_in.open("/account/security")
    end_by_hand(signed_in)
    answer = signed_in.send("/sign-out-others", follow=False)
    assert answer.status_code == 401
    assert "signed out to keep your account safe" in answer.text


def test_a_changed_password_ends_every_session_but_this_one(app, signed_in, browsers):
    other = browsers()
    sign_in(other)
    saved = cookie(other)
    signed_in.open("/account/security")
    signed_in.send("/account/security", current_password=cast.PASSWORD, password=NEW, confirm_password=NEW)
    assert replay(app, saved)[0].status_code == 303
    assert signed_in.open("/account/security").request.path == "/account/security"
    assert sign_in(browsers(), password=cast.PASSWORD).status_code == 422
    assert sign_in(browsers(), password=NEW).status_code == 303


def test_one_device_or_all_others_can_be_signed_out(signed_in, browsers):
    one, two, three = (browsers() for _ in range(3))
    for browser in (one, two, three):
        sign_in(browser)
    first = db.session.scalar(sa.select(SignInSession.id).order_by(SignInSession.id).offset(1).limit(1))
    signed_in.open("/account/security")
    signed_in.send(f"/devices/{first}/sign-out")
    assert one.open("/account/security").request.path == "/sign-in"
    assert two.open("/account/security").request.path == "/account/security"
    signed_in.open("/account/security")
    signed_in.send("/sign-out-others")
    assert {browser.open("/account/security").request.path for browser in (two, three)} == {"/sign-in"}
    assert signed_in.open("/account/security").request.path == "/account/security"


def test_nobody_ends_a_session_of_somebody_else(signed_in, browsers):
    cast.customer(cast.BEN)
    ben = browsers()
    sign_in(ben, cast.BEN)
    his = db.session.scalar(sa.select(SignInSession.id).order_by(SignInSession.id.desc()).limit(1))
    for wanted in (his, 10**9, 2**70):
        signed_in.open("/account/security")
        token = signed_in.client.get("/account/security").text.split('name="csrf_token" value="')[1].split('"')[0]
        answer = signed_in.client.post(f"/account/security/devices/{wanted}/sign-out", data={"csrf_token": token})
        assert answer.status_code == 404
    assert ben.open("/account/security").request.path == "/account/security"


def test_a_planted_session_and_a_planted_form_secret_die_at_sign_in(app, browsers, ann):
    cast.customer(cast.BEN)
    attacker, victim = browsers(), browsers()
    sign_in(attacker, cast.BEN)
    page = attacker.open("/account/security").text
    planted = page.split('name="csrf_token" value="')[1].split('"')[0]
    victim.client.set_cookie("session", cookie(attacker))
    victim.open("/")
    victim.client.post("/sign-in", data={"csrf_token": planted, "email": cast.ANN.email, "password": cast.PASSWORD})
    assert "<bdi>Ann</bdi>" in victim.open("/account/security").text
    refused = victim.client.post("/account/security/sign-out-others", data={"csrf_token": planted})
    assert refused.status_code == 400
    assert attacker.open("/account/security").request.path == "/sign-in", "the session signed over has ended"


def test_signing_in_again_changes_the_handle_and_the_secret_of_forms(signed_in):
    before = cookie(signed_in)
    page = signed_in.open("/account/security").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    signed_in.client.post("/sign-in", data={"csrf_token": token, "email": cast.ANN.email, "password": cast.PASSWORD})
    assert cookie(signed_in) != before
    assert signed_in.client.post("/sign-out", data={"csrf_token": token}).status_code == 400


@pytest.mark.parametrize(
    ("remember", "limits"),
    [(None, (timedelta(hours=2), timedelta(hours=12))), ("1", (timedelta(days=7), timedelta(days=30)))],
)
def test_a_session_ends_unused_and_ends_at_last(clock, browser, ann, remember, limits):
    idle, absolute = limits
    sign_in(browser, remember=remember)
    browser.open("/account/security")
    clock.shift(idle - timedelta(seconds=1))
    assert browser.open("/account/security").request.path == "/account/security"
    clock.shift(idle)
    assert browser.open("/account/security").request.path == "/sign-in"

    sign_in(browser, remember=remember)
    used = timedelta()
    while used + idle - timedelta(minutes=1) < absolute:
        assert browser.open("/account/security").request.path == "/account/security"
        clock.shift(idle - timedelta(minutes=1))
        used += idle - timedelta(minutes=1)
    clock.shift(absolute - used)
    assert browser.open("/account/security").request.path == "/sign-in"


def test_only_who_asks_to_be_kept_gets_a_cookie_that_stays(browsers, ann):
    short, long = browsers(), browsers()
    assert "Expires" not in session_line(sign_in(short))
    assert "Expires" in session_line(sign_in(long, remember="1"))


def test_an_account_has_twenty_devices_at_most_and_the_oldest_goes_first(app):
    account = cast.account(cast.ANN)
    handles = [sessions.open_session(account, sessions.SessionKind.CUSTOMER, Visitor()) for _ in range(MOST + 2)]
    db.session.commit()
    db.session.expire_all()
    assert [sessions.find(handle) is not None for handle in handles] == [False] * 2 + [True] * MOST


def test_no_cookie_and_no_row_tells_who_it_is_or_opens_the_session(signed_in):
    row = db.session.scalars(sa.select(SignInSession)).one()
    with signed_in.client.session_transaction() as kept:
        handle = kept["customer"]
        assert str(cast.ANN.email) not in str(dict(kept))
    assert handle not in {str(value) for value in vars(row).values()}
    assert row.digest == crypto.digest(handle)


def test_the_realms_never_open_each_other(app, browser, ann):
    cast.account(cast.ANN, Realm.STAFF, cast.STAFF_PASSWORD)
    assert sign_in(browser, password=cast.STAFF_PASSWORD).status_code == 422
    sign_in(browser)
    assert browser.open("/staff").request.path == "/staff/sign-in"
    with browser.client.session_transaction() as kept:
        kept["staff"] = kept["customer"]
    assert browser.open("/staff").request.path == "/staff/sign-in"


def test_signing_out_of_one_realm_leaves_the_other(browser, ann):
    cast.member(cast.OTTO, "owner", set())
    sign_in(browser)
    browser.open("/staff/sign-in")
    browser.send("/staff/sign-in", email=cast.OTTO.email, password=cast.STAFF_PASSWORD)
    browser.open("/account/security")
    browser.send("/sign-out")
    assert browser.open("/account/security").request.path == "/sign-in"
    assert browser.open("/staff").request.path == "/staff"


def test_the_truth_is_told_only_after_the_right_password(browsers):
    disabled()
    for password, words in [("wrong", "Email or password is not right"), (cast.PASSWORD, "disabled this account")]:
        page = sign_in(browsers(), cast.Person("", "", "dora@demo.example"), password)
        assert page.status_code == 422
        assert words in page.text


def test_an_end_that_comes_while_the_others_are_ended_holds(app):
    account = cast.account(cast.ANN)
    handle = sessions.open_session(account, sessions.SessionKind.CUSTOMER, Visitor())
    kept = sessions.find(handle)
    sessions.end_all(account)
    sessions.end_others(account, kept)
    db.session.commit()
    db.session.expire_all()
    assert sessions.find(handle) is None
