"""Passkeys are offered where browsers give them: at the name of the portal, and at localhost while it is tried out."""

import pytest

from portal.accounts.rules.passkeys import RelyingParty, relying_party
from tests import cast
from tests.accounts.passkeying import enter


@pytest.mark.parametrize(
    ("base_url", "host", "local", "party"),
    [
        ("https://shop.example", "shop.example", False, RelyingParty("shop.example", "https://shop.example")),
        (
            "https://Shop.Example:8443/",
            "shop.example:8443",
            False,
            RelyingParty("shop.example", "https://shop.example:8443"),
        ),
        ("https://shop.example", "other.example", False, None),
        ("https://shop.example", "localhost", False, None),
        ("https://shop.example", "localhost:8000", True, RelyingParty("localhost", "http://localhost:8000")),
        ("http://shop.example", "shop.example", True, None),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True, None),
        ("http://127.0.0.1:8000", "localhost:8000", True, RelyingParty("localhost", "http://localhost:8000")),
        ("http://127.0.0.1:8000", "localhost:8000", False, None),
        ("https://192.0.2.7", "192.0.2.7", False, None),
        ("https://[2001:db8::1]", "[2001:db8::1]", False, None),
        ("http://localhost", "localhost", True, RelyingParty("localhost", "http://localhost")),
        ("https://shop.example", "", True, None),
    ],
)
def test_who_asks_for_a_passkey(base_url, host, local, party):
    assert relying_party(base_url, host, local=local) == party


def test_no_button_is_offered_at_a_number_but_the_name_that_works(ann, browser, shop_wants):
    shop_wants(base_url="http://127.0.0.1:8000")
    assert "data-passkey" not in browser.open("/sign-in", base_url="http://127.0.0.1:8000").text
    assert "data-passkey" in browser.open("/sign-in", base_url="http://localhost:8000").text


def test_the_page_of_passkeys_names_the_address_that_works(ann, app, browser, shop_wants):
    enter(browser, cast.ANN)
    shop_wants(base_url="http://127.0.0.1:8000")
    browser.client.set_cookie("session", browser.client.get_cookie("session").value, domain="127.0.0.1")
    page = browser.open("/account/security/passkeys", base_url="http://127.0.0.1:8000").text
    assert 'href="http://localhost:8000/account/security/passkeys"' in page
    assert "/passkeys/new" not in page


def test_challenges_are_refused_where_passkeys_do_not_work(browser, shop_wants):
    secret = browser.open("/sign-in").text.split('name="csrf_token" value="')[1].split('"')[0]
    shop_wants(base_url="https://shop.example", env="production")
    answer = browser.client.post("/passkeys/sign-in/options", json={}, headers={"X-CSRFToken": secret})
    assert answer.status_code == 404
    assert "address" in answer.json["detail"]
