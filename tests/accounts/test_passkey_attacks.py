"""What somebody tries who has no right to a passkey: every lie is refused in the same words, and opens nothing."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, AccountStatus
from portal.accounts.service import passkey_proofs
from portal.audit.models import AuditEntry
from portal.foundation.database import db
from portal.staff.rules import OWNER
from tests import cast
from tests.accounts.authenticator import Authenticator, Key, text
from tests.accounts.passkeying import add, enter, half_in, options, post, say, secret_of, sessions_opened, sign_in

NEUTRAL = "That passkey doesn’t work here. Try another one, or use your password."


@pytest.fixture
def ben(app, browsers):
    """The device of Ben, who has an account of his own."""
    cast.customer(cast.BEN)
    browser = browsers()
    enter(browser, cast.BEN)
    device = Authenticator()
    assert add(browser, device).status_code == 200
    return device


def at_the_door(browser, door=""):
    browser.open(f"{door}/sign-in")
    return options(browser, "sign-in", door)


def is_in(browser):
    return browser.client.get("/account").status_code == 200


def refused(browser, answer):
    assert (answer.status_code, answer.json["detail"]) == (422, NEUTRAL)
    assert answer.mimetype == "application/problem+json"
    assert not is_in(browser)
    return True


# Signing in


@pytest.mark.parametrize(
    "lies",
    [
        {"client": {"origin": "https://evil.example"}},
        {"client": {"origin": "http://localhost.evil.example"}},
        {"client": {"origin": "http://localhost:8000"}},
        {"client": {"origin": "https://localhost"}},
        {"client": {"origin": None}},
        {"client": {"type": "webauthn.create"}},
        {"client": {"crossOrigin": True}},
        {"client": {"challenge": text(bytes(32))}},
        {"client": {"challenge": ""}},
        {"client": {"challenge": None}},
        {"client": {"challenge": ["a"]}},
        {"client": {"challenge": "\ud800"}},
        {"rp": "evil.example"},
        {"rp": ""},
        {"spoiled": "one bit"},
        {"spoiled": "none"},
        {"spoiled": "cut"},
    ],
    ids=str,
)
def test_a_lie_is_refused(device, browser, lies):
    before = sessions_opened()
    assert refused(browser, say(browser, "sign-in", device.use(at_the_door(browser), **lies)))
    assert sessions_opened() == before
    assert sign_in(browser, device).status_code == 200, "the truth still opens"


def test_a_signature_of_another_key_is_refused(device, ben, browser):
    stolen_name = Key(device.keys[0].id, ben.keys[0].secret)
    assert refused(browser, say(browser, "sign-in", device.use(at_the_door(browser), stolen_name)))


def test_a_device_that_does_not_verify_its_owner_is_not_enough(device, browser):
    device.verifies = False
    assert refused(browser, say(browser, "sign-in", device.use(at_the_door(browser))))


def test_an_answer_opens_once(device, browsers):
    first, again = browsers(), browsers()
    answer = device.use(at_the_door(first))
    assert say(first, "sign-in", answer).status_code == 200
    at_the_door(again)
    assert refused(again, say(again, "sign-in", answer))


def test_a_refused_answer_uses_its_challenge_up(device, browser):
    asked = at_the_door(browser)
    assert refused(browser, say(browser, "sign-in", device.use(asked, spoiled="one bit")))
    assert refused(browser, say(browser, "sign-in", device.use(asked)))


def test_an_answer_that_comes_late_is_refused(device, browser, clock):
    asked = at_the_door(browser)
    clock.shift(timedelta(minutes=5))
    assert refused(browser, say(browser, "sign-in", device.use(asked)))


def test_a_challenge_serves_only_the_browser_that_asked(device, browsers):
    theirs, thief = browsers(), browsers()
    asked = at_the_door(theirs)
    at_the_door(thief)
    answer = device.use(asked)
    assert refused(thief, say(thief, "sign-in", answer))
    assert say(theirs, "sign-in", answer).status_code == 200


def test_a_challenge_serves_only_what_it_was_asked_for(device, browser):
    half_in(browser)
    asked = {purpose: options(browser, purpose) for purpose in ("sign-in", "second-step")}
    assert refused(browser, say(browser, "sign-in", device.use(asked["second-step"])))
    assert refused(browser, say(browser, "second-step", device.use(asked["sign-in"])))
    staff = at_the_door(browser, "/staff")
    assert refused(browser, say(browser, "sign-in", device.use(staff)))


def test_a_customers_passkey_does_not_open_the_back_office(device, browser):
    cast.member(cast.ANN, "owner", set(OWNER))
    answer = say(browser, "sign-in", device.use(at_the_door(browser, "/staff")), "/staff")
    assert (answer.status_code, answer.json["detail"]) == (422, NEUTRAL)
    assert browser.client.get("/staff").status_code == 303


def test_a_passkey_of_staff_does_not_open_the_shop(app, browsers):
    cast.member(cast.OTTO, "owner", set(OWNER))
    otto, elsewhere, device = browsers(), browsers(), Authenticator()
    enter(otto, cast.OTTO, "/staff")
    assert add(otto, device, "/staff").status_code == 200
    assert refused(elsewhere, sign_in(elsewhere, device))


def test_what_is_not_right_is_told_to_nobody(device, browsers):
    unknown = Authenticator(keys=[Key(b"never seen", device.keys[0].secret)])
    stranger, disabled = browsers(), browsers()
    assert refused(stranger, say(stranger, "sign-in", unknown.use(at_the_door(stranger))))
    db.session.execute(sa.update(Account).values(status=AccountStatus.DISABLED))
    assert refused(disabled, sign_in(disabled, device))


def test_eight_uses_of_one_answer_open_one_session(app, device, browser):
    answer = device.use(at_the_door(browser))
    secret, cookie = secret_of(browser), browser.client.get_cookie("session").value
    before = sessions_opened()
    db.session.commit()

    def use(_number):
        client = app.test_client()
        client.set_cookie("session", cookie)
        headers = {"X-CSRFToken": secret}
        return client.post("/passkeys/sign-in", json={"credential": answer}, headers=headers).status_code

    with ThreadPoolExecutor(8) as crowd:
        assert Counter(crowd.map(use, range(8))) == {200: 1, 422: 7}
    assert sessions_opened() == before + 1


def test_tries_from_one_network_are_limited(device, browser, monkeypatch):
    monkeypatch.setattr(passkey_proofs, "TRIED", passkey_proofs.Limit("passkey from", 3, timedelta(minutes=15)))
    for _ in range(3):
        assert refused(browser, say(browser, "sign-in", device.use(at_the_door(browser), spoiled="one bit")))
    answer = sign_in(browser, device)
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")


# Copies


def test_a_counter_that_goes_back_is_a_copy_and_its_owner_is_told(device, browsers, mailbox):
    owner, thief = browsers(), browsers()
    device.keys[0].count = 40
    assert sign_in(owner, device).status_code == 200
    for count in (41, 7, 0):
        assert refused(thief, say(thief, "sign-in", device.use(at_the_door(thief), count=count)))
    assert [str(mail["Subject"]).count("may have been copied") for mail in mailbox()[-3:]] == [1, 1, 1]
    entries = db.session.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.id.desc()).limit(3))
    assert list(entries) == ["account.passkey_copied"] * 3
    assert sign_in(owner, device).status_code == 422, "the counter of the device was set back by the test"
    device.keys[0].count = 41
    assert sign_in(browsers(), device).status_code == 200


def test_a_device_that_does_not_count_signs_in_again_and_again(device, browsers):
    device.counts = False
    for _ in range(3):
        assert sign_in(browsers(), device).status_code == 200


# The second step, and confirming


def test_the_second_step_takes_no_passkey_of_somebody_else(device, ben, browser):
    asked = options(half_in(browser), "second-step")
    assert refused(browser, say(browser, "second-step", ben.use(asked)))


def test_there_is_no_second_step_without_the_password(device, browser):
    asked = at_the_door(browser)
    assert post(browser, "/passkeys/second-step/options").status_code == 410
    assert say(browser, "second-step", device.use(asked)).status_code == 410
    assert not is_in(browser)


def test_a_challenge_of_one_accounts_second_step_serves_no_other(device, ben, browser):
    asked = options(half_in(browser), "second-step")
    half_in(browser, cast.BEN)
    assert refused(browser, say(browser, "second-step", ben.use(asked)))


def test_nobody_confirms_with_the_passkey_of_somebody_else(device, ben, browser, clock):
    sign_in(browser, device)
    clock.shift(timedelta(minutes=6))
    browser.open("/account/security")
    answer = say(browser, "confirm", ben.use(options(browser, "confirm")))
    assert (answer.status_code, answer.json["detail"]) == (422, NEUTRAL)
    assert post(browser, "/passkeys/add/options").status_code == 403


def test_confirming_takes_a_device_that_verifies_its_owner(device, browser, clock):
    sign_in(browser, device)
    clock.shift(timedelta(minutes=6))
    browser.open("/account/security")
    device.verifies = False
    assert say(browser, "confirm", device.use(options(browser, "confirm"))).status_code == 422
    assert post(browser, "/passkeys/add/options").status_code == 403
