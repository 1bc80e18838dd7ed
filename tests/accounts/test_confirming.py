"""Step-up: what is weighty asks once more who is at the keyboard."""

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.guards import FRESH
from portal.accounts.models import Passkey, Realm, SignInSession
from portal.foundation.clock import now
from portal.foundation.database import db
from tests import cast
from tests.accounts.apps import WRONG, app_of, codes_of, the_account
from tests.accounts.moving import states
from tests.accounts.test_sessions import cookie, replay, sign_in
from tests.browsing import Browser, Forms

APP = "/account/security/authenticator"


@pytest.fixture
def signed_in(browser, ann, clock):
    """Ann, signed in this moment; time stands still."""
    sign_in(browser)
    return browser


@pytest.fixture
def stale(signed_in, clock):
    """Ann, five minutes after she proved who she is."""
    clock.shift(FRESH)
    return signed_in


def confirm(browser, password=cast.PASSWORD, **fields):
    return browser.send("", follow=False, current_password=password, **fields)


def is_asked(browser, path=APP):
    return browser.open(path).request.path == "/account/confirm"


def test_nothing_is_asked_for_five_minutes_and_then_it_is(signed_in, clock):
    clock.shift(FRESH - timedelta(seconds=1))
    assert not is_asked(signed_in)
    clock.shift(timedelta(seconds=1))
    assert is_asked(signed_in)
    assert signed_in.address == "/account/confirm?next=/account/security/authenticator"


def test_the_right_password_leads_back_and_holds_for_five_minutes(stale, clock):
    stale.open(f"{APP}?x=1")
    assert confirm(stale).location == f"{APP}?x=1"
    clock.shift(FRESH - timedelta(seconds=1))
    assert not is_asked(stale)
    clock.shift(timedelta(seconds=1))
    assert is_asked(stale)


def test_using_the_portal_is_no_proof(stale, clock):
    stale.open("/account/profile")
    assert is_asked(stale)


@pytest.mark.parametrize(("password", "words"), [("wrong", "not your current password"), ("", "Enter your current")])
def test_a_wrong_password_proves_nothing(stale, password, words):
    stale.open(APP)
    answer = confirm(stale, password)
    assert answer.status_code == 422
    assert words in answer.text
    assert is_asked(stale)


def test_who_has_an_app_types_its_code_too(stale, clock):
    phone = app_of(the_account(cast.ANN.email))
    stale.open(APP)
    for code in ("", WRONG, phone.code(-5)):
        answer = confirm(stale, code=code)
        assert answer.status_code == 422
        assert '<a href="#code">' in answer.text
    assert is_asked(stale)
    assert confirm(stale, code=phone.code()).location == APP
    assert not is_asked(stale)


def test_a_code_counts_once_for_the_door_and_the_step_up_together(stale, browsers):
    phone = app_of(the_account(cast.ANN.email))
    other = browsers()
    sign_in(other)
    other.open("/sign-in/second-step")
    code = phone.code()
    other.send("", code=code)
    stale.open(APP)
    assert confirm(stale, code=code).status_code == 422


def test_a_wrong_password_wastes_no_code(stale):
    phone = app_of(the_account(cast.ANN.email))
    codes = codes_of(the_account(cast.ANN.email))
    stale.open(APP)
    for code in (phone.code(), codes[0]):
        assert confirm(stale, "wrong", code=code).status_code == 422
    stale.open(f"/account/confirm?next={APP}&with=recovery-code")
    assert confirm(stale, code=codes[0]).location == APP
    assert "code" in db.session.scalars(sa.select(SignInSession.methods)).one()


def test_codes_of_the_step_up_are_counted_with_those_of_the_door(stale, clock):
    phone = app_of(the_account(cast.ANN.email))
    stale.open(APP)
    statuses = [confirm(stale, code=WRONG).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    stale.open(APP)
    assert confirm(stale, code=phone.code()).status_code == 429


def test_the_session_goes_on_under_another_handle_with_another_secret_of_forms(app, stale):
    page = stale.open(APP).text
    saved, token = cookie(stale), page.split('name="csrf_token" value="')[1].split('"')[0]
    confirm(stale)
    assert replay(app, saved)[0].status_code == 303, "the cookie from before opens nothing"
    assert stale.client.post("/account/security/sign-out-others", data={"csrf_token": token}).status_code == 400
    assert db.session.execute(sa.select(sa.func.count()).select_from(SignInSession)).scalar_one() == 1


def test_a_remembered_session_is_not_fresh_and_stays_remembered(browser, ann, clock):
    sign_in(browser, remember="1")
    clock.shift(timedelta(days=6))
    assert is_asked(browser)
    answer = confirm(browser)
    assert "Expires" in answer.headers["Set-Cookie"]
    clock.shift(timedelta(days=6))
    assert is_asked(browser)


def test_the_proof_of_one_session_is_none_of_another(stale, browsers):
    other = browsers()
    sign_in(other)
    assert not is_asked(other)
    assert is_asked(stale)


def test_the_proof_of_one_realm_is_none_of_the_other(stale, clock):
    cast.member(cast.OTTO, "owner", set())
    stale.open("/staff/sign-in")
    stale.send("/staff/sign-in", email=cast.OTTO.email, password=cast.STAFF_PASSWORD)
    assert stale.open("/staff/me/authenticator").request.path == "/staff/me/authenticator"
    assert is_asked(stale)
    confirm(stale)
    clock.shift(FRESH)
    stale.open("/account/confirm")
    confirm(stale)
    assert stale.open("/staff/me/authenticator").request.path == "/staff/confirm"
    assert confirm(stale, cast.PASSWORD).status_code == 422, "the password of the customer, not of the member"
    assert confirm(stale, cast.STAFF_PASSWORD).location == "/staff/me/authenticator"


def test_the_password_alone_does_not_stand_in_for_the_passkey_of_a_member(stale, clock):
    cast.member(cast.OTTO, "owner", set())
    stale.open("/staff/sign-in")
    stale.send("/staff/sign-in", email=cast.OTTO.email, password=cast.STAFF_PASSWORD)
    otto = the_account(cast.OTTO.email)
    db.session.add(Passkey(account_id=otto.id, credential="x", public_key=b"x", name="Key"))
    codes = codes_of(otto)
    clock.shift(FRESH)
    stale.open("/staff/me/passkeys/new")
    assert "Recovery code" in stale.page.text
    for fields in ({}, {"code": WRONG}):
        assert confirm(stale, cast.STAFF_PASSWORD, **fields).status_code == 422
    assert stale.open("/staff/me/passkeys/new").request.path == "/staff/confirm"
    assert confirm(stale, cast.STAFF_PASSWORD, code=codes[0]).location == "/staff/me/passkeys/new"


def test_the_password_of_somebody_else_proves_nothing(stale):
    cast.account(cast.BEN, Realm.CUSTOMER, "bens own three words")
    stale.open(APP)
    assert confirm(stale, "bens own three words").status_code == 422


ADDRESS = "/account/security/email"


def too_late(browser, clock, **typed):
    """The form for another address, sent when the five minutes are over."""
    browser.open(ADDRESS)
    clock.shift(FRESH)
    return browser.send(ADDRESS, follow=False, **typed)


def test_a_form_sent_too_late_keeps_what_was_typed_over_the_step_up(signed_in, clock):
    answer = too_late(signed_in, clock, email="ann.new@demo.example")
    assert answer.status_code == 403
    assert "What you typed is kept" in answer.text
    page = signed_in.send("/account/confirm", follow=False)
    assert (page.status_code, "Current password" in page.text) == (200, True)
    assert "Enter your current password" not in page.text
    assert confirm(signed_in, "wrong").status_code == 422
    page = confirm(signed_in)
    assert (page.status_code, "Nothing of it is saved yet" in page.text) == (200, True)
    assert states() == []
    assert signed_in.send(ADDRESS).request.path == ADDRESS
    assert states() == ["asked"]


def test_no_secret_is_kept_with_it(app, signed_in, clock):
    token = signed_in.open(ADDRESS).text.split('name="csrf_token" value="')[1].split('"')[0]
    clock.shift(FRESH)
    secrets = ("password", "current_password", "new_password", "security_answer", "code", "pin")
    form = dict.fromkeys(secrets, "swordfish") | {"csrf_token": token, "email": "kept@demo.example"}
    answer = signed_in.client.post(ADDRESS, data=form)
    kept = answer.text.split('name="kept" value="')[1].split('"')[0]
    assert "kept@demo.example" in kept
    assert "swordfish" not in answer.text
    assert token not in kept


def test_a_file_is_not_kept_and_the_way_leads_back_to_the_page(signed_in, clock):
    signed_in.open(ADDRESS)
    clock.shift(FRESH)
    form = {"csrf_token": signed_in.page.text.split('name="csrf_token" value="')[1].split('"')[0]}
    upload = {**form, "sent": (io.BytesIO(b"x"), "x.txt")}
    answer = signed_in.client.post(ADDRESS, data=upload, headers={"Referer": f"http://localhost{ADDRESS}"})
    assert answer.status_code == 403
    assert f'href="/account/confirm?next={ADDRESS}"' in answer.text
    assert "Confirm that it’s you" in answer.text


def test_neither_is_a_form_that_is_too_long(signed_in, clock):
    answer = too_late(signed_in, clock, email="x" * 70_000)
    assert (answer.status_code, 'name="kept"' in answer.text) == (403, False)


@pytest.mark.parametrize(
    "kept",
    [
        *("", "x", "[]", "{}", "null", "[1, 2]", '["/account/security/email"]', "[" * 10_000),
        '["https://evil.example/", []]',
        '["//evil.example/", []]',
        '["/staff/sign-in", []]',
        '["/nowhere", []]',
        '["/account/security/email", [["a"]]]',
        '["/account/security/email", [[1, 2]]]',
        '["/account/security/email", [["a", {"b": 1}]]]',
    ],
)
def test_what_is_no_form_of_this_realm_is_not_carried_on(stale, kept):
    stale.open("/account/confirm")
    answer = stale.send("", follow=False, current_password=cast.PASSWORD, kept=kept)
    assert (answer.status_code, answer.location) == (303, "/account/security")


def test_after_a_passkey_the_form_goes_on_without_a_password(signed_in, clock):
    too_late(signed_in, clock, email="ann.new@demo.example")
    signed_in.send("/account/confirm", follow=False)
    db.session.execute(sa.update(SignInSession).values(authenticated_at=now()))  # as the ceremony does
    fields = Forms(signed_in.page.text).forms[-1]["fields"]
    page = signed_in.client.post("/account/confirm", data={key: fields[key] for key in ("csrf_token", "kept", "next")})
    assert "Nothing of it is saved yet" in page.text


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/staff", "/sign-out", "/nowhere", ""])
def test_a_way_on_that_is_no_page_of_this_realm_leads_to_the_security_page(stale, target):
    stale.open("/account/confirm")
    assert confirm(stale, next=target).location == "/account/security"
    assert stale.client.get("/account/confirm", query_string={"next": target}).location == "/account/security"


def test_every_door_of_factors_asks_once_more(app, stale):
    token = stale.open("/account/security").text.split('name="csrf_token" value="')[1].split('"')[0]
    answers = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("factors.") and not rule.rule.endswith("/file"):
            for method in rule.methods & {"GET", "POST"}:
                answers[method, rule.rule] = stale.client.open(rule.rule, method=method, data={"csrf_token": token})
    assert len(answers) == 7
    for (method, path), answer in answers.items():
        if method == "GET":
            assert answer.location == f"/account/confirm?next={path}"
        else:
            assert answer.status_code == 403


def test_a_session_that_ended_meanwhile_is_not_brought_back_by_a_right_password(app, stale):
    stale.open(APP)
    thief = Browser(app)
    thief.client.set_cookie("session", cookie(stale))
    thief.open(APP)
    stale.send("/sign-out")
    answer = confirm(thief)
    assert answer.status_code in (400, 401)
    assert is_asked(thief) is False
    assert thief.path == "/sign-in"
