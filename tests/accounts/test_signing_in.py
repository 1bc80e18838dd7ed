"""Signing in and out: where it leads, what it upgrades, what it says."""

import bcrypt
import pytest

from portal.accounts.models import Account
from portal.accounts.service import signing_in
from portal.accounts.service.entering import Door
from portal.foundation import hashing
from portal.foundation.database import db
from tests import cast
from tests.accounts.stage import UMA, registered
from tests.accounts.test_sessions import sign_in

STRANGE = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example/account",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "/\x00//evil.example",
    "/%09/evil.example",
    "/%5cevil.example",
    "/%2f%2fevil.example",
    "/%2Fevil.example",
    "%2f%2fevil.example",
    "/account/..//evil.example",
    "/account//evil.example",
    "/.evil.example",
    "@evil.example",
    "/@evil.example",
    "evil.example",
    "account",
    "./account",
    "../account",
    "?next=//evil.example",
    "#//evil.example",
    "/sign-out",
    "/no-such-page",
    "/static/portal.css",
    "/account\u2028//evil.example",
    "/\u3002evil.example",
    "http://localhost@evil.example/",
    "http://localhost/account",
    "/account" + "/x" * 900,
    "",
]


@pytest.mark.parametrize("target", STRANGE)
def test_a_way_on_that_is_no_page_of_ours_leads_home(client, ann, target):
    def send(query, form):
        page = client.get("/sign-in", query_string=query).text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        data = {"csrf_token": token, "email": cast.ANN.email, "password": cast.PASSWORD, **form}
        if not form:
            data["next"] = page.split('name="next" value="')[1].split('"')[0]
        answer = client.post("/sign-in", data=data)
        client.delete_cookie("session")
        return answer.location

    assert send({}, {"next": target}) == "/account"
    assert send({"next": target}, {}) == "/account"


@pytest.mark.parametrize("target", ["/account/security", "/account/security?x=1&y=%2F%2Fz", "/newsletter"])
def test_a_page_of_ours_is_where_it_goes_on(browser, ann, target):
    browser.open("/sign-in?next=" + target.replace("&", "%26").replace("?", "%3F").replace("%2F", "%252F"))
    answer = browser.send("/sign-in", follow=False, email=cast.ANN.email, password=cast.PASSWORD)
    assert answer.location == target


def test_the_back_office_is_no_way_on_for_customers(browser, ann):
    browser.open("/sign-in?next=/staff/me")
    assert browser.send(follow=False, email=cast.ANN.email, password=cast.PASSWORD).location == "/account"


def test_somebody_signed_in_needs_no_door(browser, ann):
    sign_in(browser)
    answer = browser.client.get("/sign-in")
    assert (answer.status_code, answer.location) == (303, "/account")


def test_an_applicant_is_led_to_the_waiting_page_and_nowhere_else(browser):
    cast.applicant(cast.IVY, cast.group())
    assert sign_in(browser, cast.IVY).location == "/waiting"
    assert browser.client.get("/account/security").location == "/waiting"


def test_an_unconfirmed_address_is_told_so_after_the_right_password_and_can_have_the_link_again(browser, outbox):
    registered()
    page = sign_in(browser, UMA)
    assert page.status_code == 422
    assert "isn’t confirmed yet" in page.text
    browser.send("/confirm-email")
    assert [(mail.kind, mail.to) for mail in outbox()] == [("accounts.registration", UMA.email)]


def test_what_was_typed_stays_but_not_the_password(browser, ann):
    page = sign_in(browser, password="a secret that is wrong", remember="1")
    assert cast.ANN.email in page.text
    assert "a secret that is wrong" not in page.text
    assert 'name="remember" value="1" checked' in page.text


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("", ""),
        ("\x00", "\x00"),
        ("a" * 10_000, "b" * 10_000),
        ("ann@demo.example", "x" * 1025),
        ("no address", "three random words"),
        ("ann@" + "ü" * 300 + ".example", "x"),
        ("'; DROP TABLE account; --", "x"),
    ],
)
def test_nonsense_is_wrong_and_nothing_else(browser, ann, email, password):
    assert sign_in(browser, cast.Person("", "", email), password).status_code == 422


def test_a_password_longer_than_any_is_not_even_hashed(app, monkeypatch):
    monkeypatch.setattr(hashing, "verify", lambda *_: pytest.fail("hashed"))
    found = signing_in.sign_in(cast.Realm.CUSTOMER, "ann@demo.example", "x" * 1025, signing_in.Visitor())
    assert found.door is Door.REFUSED


def test_a_hash_of_another_cost_is_made_anew_once(app, browsers, ann):
    account = db.session.get_one(Account, ann.account_id)
    form = hashing.FORM.fullmatch(account.password_hash)
    pepper = app.extensions["portal.keys"].key("pepper password")
    old = bcrypt.hashpw(hashing._prepare(pepper, cast.PASSWORD), bcrypt.gensalt(5)).decode()
    account.password_hash = f"v1.{form['pepper']}.{old}"
    db.session.commit()
    sign_in(browsers())
    first = db.session.get_one(Account, ann.account_id).password_hash
    sign_in(browsers())
    assert "$2b$04$" in first
    assert db.session.get_one(Account, ann.account_id).password_hash == first


def test_a_hash_that_cannot_be_read_is_a_wrong_password(browser, ann):
    db.session.get_one(Account, ann.account_id).password_hash = "garbage"
    db.session.commit()
    assert sign_in(browser).status_code == 422


def test_a_password_changed_while_its_hash_is_compared_lets_nobody_in(app, ann, monkeypatch):
    real = hashing.verify

    def slowly(kind, stored, text):
        fits = real(kind, stored, text)
        db.session.get_one(Account, ann.account_id).password_hash = "changed meanwhile"
        db.session.commit()
        return fits

    monkeypatch.setattr(hashing, "verify", slowly)
    found = signing_in.sign_in(cast.Realm.CUSTOMER, cast.ANN.email, cast.PASSWORD, signing_in.Visitor())
    assert (found.door, found.handle) == (Door.REFUSED, None)


def test_signing_out_clears_what_the_browser_kept(browser, ann):
    sign_in(browser)
    browser.open("/account/security")
    answer = browser.send("/sign-out", follow=False)
    assert (answer.status_code, answer.headers["Clear-Site-Data"]) == (303, '"cache"')
