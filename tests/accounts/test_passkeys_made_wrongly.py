"""Passkeys that nobody may make, and whatever else a program may send in place of one."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, Passkey
from portal.foundation.database import db
from tests import cast
from tests.accounts.authenticator import ATTESTED, Authenticator, text
from tests.accounts.passkeying import enter, half_in, options, post, say, secret_of, sessions_opened, sign_in

# Making


def test_nobody_signed_out_makes_a_passkey(app, browser):
    browser.open("/sign-in")
    for path in ("/passkeys/add/options", "/passkeys/add", "/passkeys/confirm", "/staff/passkeys/add"):
        answer = post(browser, path)
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), path


def test_a_session_that_is_not_fresh_makes_and_removes_none(device, browser, clock):
    sign_in(browser, device)
    browser.open("/account/security/passkeys/new")
    asked = options(browser, "add")
    [row] = db.session.scalars(sa.select(Passkey))
    clock.shift(timedelta(minutes=6))
    answer = say(browser, "add", device.make(asked))
    assert answer.status_code == 403
    assert answer.json["way"]["href"].startswith("/account/confirm")
    secret = {"csrf_token": secret_of(browser)}
    assert browser.client.post(f"/account/security/passkeys/{row.id}/remove", data=secret).status_code == 403
    assert len(list(db.session.scalars(sa.select(Passkey)))) == 1


@pytest.mark.parametrize(
    "lies",
    [
        {"client": {"origin": "https://evil.example"}},
        {"client": {"type": "webauthn.get"}},
        {"client": {"challenge": text(bytes(32))}},
        {"client": {"crossOrigin": True}},
        {"rp": "evil.example"},
        {"fmt": "tpm"},
        {"fmt": ["none"]},
        {"fmt": "android-safetynet", "statement": {"ver": "1", "response": b"a.b.c"}},
        {"fmt": "packed", "statement": {"alg": -7, "sig": b"x", "x5c": [b"x"]}},
        {"fmt": "packed", "statement": {"alg": -7, "sig": b"x"}},
        {"statement": {"sig": b"x"}},
        {"public": b""},
        {"public": b"\x04" + bytes(64)},
        {"public": b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + bytes(32) + b"\x22\x58\x20" + bytes(32)},
        {"public": b"\x9f" * 500},
        {"id": b""},
        {"id": b"x" * 1400},
    ],
    ids=str,
)
def test_a_passkey_made_with_a_lie_is_not_kept(ann, browser, lies):
    enter(browser, cast.ANN)
    browser.open("/account/security/passkeys/new")
    answer = say(browser, "add", Authenticator().make(options(browser, "add"), **lies))
    assert answer.status_code == 403, answer.text
    assert answer.json["detail"]
    assert list(db.session.scalars(sa.select(Passkey))) == []


def test_nobody_makes_a_passkey_with_the_id_of_somebody_elses(device, browser):
    cast.customer(cast.BEN)
    enter(browser, cast.BEN)
    browser.open("/account/security/passkeys/new")
    copied = Authenticator().make(options(browser, "add"), id=device.keys[0].id)
    assert say(browser, "add", copied).status_code == 403
    [row] = db.session.scalars(sa.select(Passkey))
    assert row.account_id != db.session.scalar(sa.select(Account.id).where(Account.email == cast.BEN.email))


def test_a_challenge_to_make_one_is_of_one_account(ann, browsers):
    cast.customer(cast.BEN)
    one, other = browsers(), browsers()
    enter(one, cast.ANN)
    enter(other, cast.BEN)
    one.open("/account/security")
    other.open("/account/security")
    asked = options(one, "add")
    options(other, "add")
    assert say(other, "add", Authenticator().make(asked)).status_code == 403


# Anything else that a program may send


RUBBISH = [
    {},
    [],
    None,
    5,
    "x",
    {"credential": None},
    {"credential": []},
    {"credential": "x"},
    {"credential": {}},
    {"credential": {"id": 5, "rawId": [], "response": None, "type": {}}},
    {"credential": {"id": "\0", "rawId": "\0", "response": {"clientDataJSON": "\0"}, "type": "public-key"}},
    {"credential": {"id": "a", "rawId": "a", "response": {"clientDataJSON": text(b"[1]")}, "type": "public-key"}},
    {"credential": {"response": {"clientDataJSON": text(b"[" * 30_000)}}},
    {"credential": {"response": {"clientDataJSON": text(b"\xff\xfe")}}},
    {"credential": {"response": {"clientDataJSON": 5, "transports": 7}}, "name": 5, "next": [], "remember": "yes"},
]


@pytest.mark.parametrize("purpose", ["sign-in", "second-step", "confirm", "add"])
def test_rubbish_is_refused_and_nothing_breaks(device, browser, purpose):
    if purpose in ("confirm", "add"):
        sign_in(browser, device)
        browser.open("/account/security")
    elif purpose == "second-step":
        half_in(browser)
    else:
        browser.open("/sign-in")
    before = sessions_opened()
    for said in RUBBISH:
        answer = post(browser, f"/passkeys/{purpose}", said)
        assert answer.status_code in (400, 403, 422), (said, answer.status_code)
        assert answer.mimetype == "application/problem+json"
    headers = {"X-CSRFToken": secret_of(browser), "Content-Type": "application/json"}
    for body in (b"", b"{", b"[" * 50_000, b"\xff", b'{"credential": ' * 3_000, b'{"credential": {"id": "\\ud800"}}'):
        answer = browser.client.post(f"/passkeys/{purpose}", data=body, headers=headers)
        assert answer.status_code in (400, 403, 422), (body[:20], answer.status_code)
    huge = browser.client.post(f"/passkeys/{purpose}", data=b" " * 1_000_000, headers=headers)
    assert huge.status_code == 413
    plain = {**headers, "Content-Type": "text/plain", "Accept": "application/json"}
    assert browser.client.post(f"/passkeys/{purpose}", data=b"{}", headers=plain).status_code == 415
    assert sessions_opened() == before


def test_flags_that_contradict_each_other_break_nothing(device, browser):
    browser.open("/sign-in")
    answer = device.use(options(browser, "sign-in"))
    about = bytearray(32) + bytes([ATTESTED | 0x80 | 0x05]) + bytes(4)
    answer["response"]["authenticatorData"] = text(bytes(about))
    assert say(browser, "sign-in", answer).status_code == 422
