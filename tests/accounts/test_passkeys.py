"""Passkeys: made, used to sign in, as a second step and to confirm, named and removed."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, Ceremony, Passkey, SignInSession
from portal.accounts.service import ceremonies
from portal.audit.models import AuditEntry
from portal.foundation.database import db
from portal.staff.rules import OWNER
from tests import cast
from tests.accounts.authenticator import Authenticator
from tests.accounts.passkeying import add, enter, options, post, say, sign_in
from tests.mails import text_of


@pytest.fixture
def blank():
    """A device without a passkey."""
    return Authenticator()


@pytest.fixture
def otto(app):
    """Otto, who owns the shop."""
    return cast.member(cast.OTTO, "owner", set(OWNER))


def passkeys():
    return list(db.session.scalars(sa.select(Passkey).order_by(Passkey.id)))


def verbs():
    return list(db.session.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.id)))


def is_in(browser, path="/account"):
    browser.open(path)
    return browser.path == path


# Making


def test_a_passkey_is_kept_under_its_name_and_its_owner_is_told(ann, browser, blank, mailbox):
    enter(browser, cast.ANN)
    answer = add(browser, blank, name="  My   phone ")
    assert answer.json == {"to": "/account/security/recovery-codes"}, "the first one leads on to them"
    [row] = passkeys()
    assert (row.name, row.transports, row.used_at) == ("My phone", "internal", None)
    assert "My phone" in browser.open("/account/security/passkeys").text
    assert "passkey was added" in text_of(mailbox()[-1])
    assert verbs()[-1] == "account.passkey_added"


def test_a_passkey_without_a_name_is_called_after_the_browser(ann, browser, blank):
    enter(browser, cast.ANN)
    browser.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36"
    add(browser, blank)
    assert [row.name for row in passkeys()] == ["Chrome on Windows"]


def test_the_options_tell_the_device_nothing_of_the_account_but_its_address(ann, browser):
    enter(browser, cast.ANN)
    browser.open("/account/security/passkeys/new")
    asked = options(browser, "add")
    assert asked["rp"]["id"] == "localhost"
    assert asked["attestation"] == "none"
    assert asked["authenticatorSelection"]["residentKey"] == "preferred"
    assert asked["user"]["name"] == cast.ANN.email
    assert len(asked["user"]["id"]) == 64
    assert cast.ANN.email not in asked["user"]["id"]


def test_a_device_that_has_a_passkey_is_told_so(browser, device):
    enter_with(browser, device)
    browser.open("/account/security/passkeys/new")
    assert [one["id"] for one in options(browser, "add")["excludeCredentials"]] == [passkeys()[0].credential]


def enter_with(browser, device):
    answer = sign_in(browser, device)
    assert answer.status_code == 200, answer.text
    return answer


def test_adding_ends_every_other_session_and_gives_this_one_a_new_handle(ann, browsers, blank):
    here, elsewhere = browsers(), browsers()
    enter(here, cast.ANN)
    enter(elsewhere, cast.ANN)
    stolen = here.client.get_cookie("session").value
    add(here, blank)
    assert is_in(here)
    assert not is_in(elsewhere)
    thief = browsers()
    thief.client.set_cookie("session", stolen)
    assert not is_in(thief)


def test_an_account_has_ten_passkeys_at_most(ann, browser, blank):
    enter(browser, cast.ANN)
    for _ in range(10):
        assert add(browser, blank).status_code == 200
    browser.open("/account/security")
    answer = post(browser, "/passkeys/add/options")
    assert answer.status_code == 409
    assert "10 passkeys" in answer.json["detail"]
    assert "/passkeys/new" not in browser.open("/account/security/passkeys").text


# Signing in


def test_a_passkey_alone_signs_in_and_counts_as_two_factors(browser, device):
    assert enter_with(browser, device).json == {"to": "/account"}
    assert is_in(browser)
    newest = db.session.scalars(sa.select(SignInSession).order_by(SignInSession.id.desc())).first()
    assert newest.methods == "passkey"
    assert passkeys()[0].used_at is not None


def test_it_leads_to_the_page_somebody_was_on_the_way_to_and_to_no_other_site(browsers, device):
    assert sign_in(browsers(), device, next="/account/profile").json == {"to": "/account/profile"}
    assert sign_in(browsers(), device, next="https://evil.example/").json == {"to": "/account"}
    assert sign_in(browsers(), device, next="/staff").json == {"to": "/account"}


def test_a_browser_is_remembered_when_asked(browsers, device, clock):
    kept, forgotten = browsers(), browsers()
    sign_in(kept, device, remember=True)
    sign_in(forgotten, device, remember=False)
    clock.shift(timedelta(hours=13))
    assert is_in(kept)
    assert not is_in(forgotten)


def test_the_password_still_signs_in_half_and_the_passkey_finishes(browser, device):
    browser.open("/sign-in")
    browser.send(email=cast.ANN.email, password=cast.PASSWORD, follow=False)
    assert browser.page.location == "/sign-in/second-step"
    browser.open("/help")
    assert not is_in(browser)
    browser.open("/sign-in")
    asked = options(browser, "second-step")
    assert [one["id"] for one in asked["allowCredentials"]] == [passkeys()[0].credential]
    assert say(browser, "second-step", device.use(asked)).json == {"to": "/account"}
    assert is_in(browser)
    newest = db.session.scalars(sa.select(SignInSession).order_by(SignInSession.id.desc())).first()
    assert newest.methods == "password passkey"


def test_whose_passkey_is_lost_is_led_to_what_can_be_done_about_it(browser, device):
    browser.open("/sign-in")
    browser.send(email=cast.ANN.email, password=cast.PASSWORD)
    assert "Recovery code" in browser.page.text
    assert 'href="/help#second-step"' in browser.page.text
    words = browser.open("/help").text.partition('id="second-step"')[2].partition("<h2")[0]
    for way in ("recovery codes", "support PIN", "72 hours"):
        assert way in words


def test_beside_the_password_a_customers_device_need_not_know_its_owner(browser, device):
    browser.open("/sign-in")
    browser.send(email=cast.ANN.email, password=cast.PASSWORD, follow=False)
    browser.open("/sign-in")
    device.verifies = False
    assert say(browser, "second-step", device.use(options(browser, "second-step"))).status_code == 200


def test_somebody_who_waits_at_the_gate_comes_to_the_waiting_page(app, browsers, blank):
    cast.customer(cast.IVY)
    browser = browsers()
    enter(browser, cast.IVY)
    add(browser, blank)
    account = db.session.scalars(sa.select(Account)).one()
    account.held_for, account.held_at = "waiting", account.created_at
    db.session.commit()
    assert sign_in(browsers(), blank).json == {"to": "/waiting"}


def test_staff_sign_in_with_a_passkey_at_their_own_door(otto, browsers, blank):
    browser = browsers()
    enter(browser, cast.OTTO, "/staff")
    assert add(browser, blank, "/staff").json == {"to": "/staff/me/recovery-codes"}
    newcomer = browsers()
    assert sign_in(newcomer, blank, "/staff").json == {"to": "/staff"}
    assert is_in(newcomer, "/staff")


def test_staff_need_a_device_that_knows_its_owner_everywhere(otto, browsers, blank):
    browser = browsers()
    enter(browser, cast.OTTO, "/staff")
    blank.verifies = False
    assert add(browser, blank, "/staff").status_code == 403
    blank.verifies = True
    assert add(browser, blank, "/staff").status_code == 200
    half = browsers()
    half.open("/staff/sign-in")
    half.send(email=cast.OTTO.email, password=cast.STAFF_PASSWORD, follow=False)
    half.open("/staff/sign-in")
    blank.verifies = False
    assert say(half, "second-step", blank.use(options(half, "second-step", "/staff")), "/staff").status_code == 422
    blank.verifies = True
    assert say(half, "second-step", blank.use(options(half, "second-step", "/staff")), "/staff").status_code == 200


# Confirming, naming, removing


def test_a_passkey_confirms_who_is_at_the_keyboard(browser, device, clock):
    enter_with(browser, device)
    clock.shift(timedelta(minutes=6))
    browser.open("/account/security")
    stolen = browser.client.get_cookie("session").value
    answer = say(browser, "confirm", device.use(options(browser, "confirm")), next="/account/security/passkeys/new")
    assert answer.json["to"] == "/account/security/passkeys/new"
    secret = {"csrf_token": answer.json["secret"]}
    assert browser.client.post("/account/security/email/again", data=secret).status_code == 404, "it is taken"
    assert is_in(browser, "/account/security/passkeys/new")
    browser.client.set_cookie("session", stolen)
    assert not is_in(browser)


def test_a_passkey_is_renamed(browser, device):
    enter_with(browser, device)
    browser.open(f"/account/security/passkeys/{passkeys()[0].id}/edit")
    assert browser.send(name="").status_code == 422
    browser.send(name="Work laptop")
    assert "Work laptop" in browser.page.text


def test_a_removed_passkey_opens_nothing_and_the_password_alone_is_enough_again(browsers, device, mailbox):
    here, elsewhere = browsers(), browsers()
    enter_with(here, device)
    enter_with(elsewhere, device)
    here.open(f"/account/security/passkeys/{passkeys()[0].id}/remove")
    here.send("/remove")
    assert "No passkeys yet" in here.page.text
    assert not is_in(elsewhere)
    assert "passkey was removed" in text_of(mailbox()[-1])
    assert verbs()[-1] == "account.passkey_removed"
    assert sign_in(browsers(), device).status_code == 422
    enter(elsewhere, cast.ANN)
    assert is_in(elsewhere)


def test_nobody_touches_the_passkey_of_somebody_else(device, browser):
    cast.customer(cast.BEN)
    enter(browser, cast.BEN)
    theirs = passkeys()[0].id
    assert browser.open(f"/account/security/passkeys/{theirs}/edit").status_code == 404
    assert browser.open(f"/account/security/passkeys/{theirs}/remove").status_code == 404
    browser.open("/account/security")
    secret = browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    for act in ("edit", "remove"):
        form = {"csrf_token": secret, "name": "Mine"}
        assert browser.client.post(f"/account/security/passkeys/{theirs}/{act}", data=form).status_code == 404
    assert [row.name for row in passkeys()] == ["Ann’s phone"]


# Challenges


def test_challenges_that_nobody_answered_are_swept_away(ann, browser, clock):
    browser.open("/sign-in")
    options(browser, "sign-in")
    ceremonies.sweep()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ceremony)) == 1
    clock.shift(timedelta(minutes=5))
    ceremonies.sweep()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ceremony)) == 0


def test_a_challenge_is_not_kept_as_it_was_given(ann, browser):
    browser.open("/sign-in")
    asked = options(browser, "sign-in")
    row = db.session.scalars(sa.select(Ceremony)).one()
    assert asked["challenge"] not in (row.digest, row.browser_digest)
    assert asked["allowCredentials"] == []
    assert asked["userVerification"] == "required"
