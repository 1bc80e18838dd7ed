"""Somebody whose browser has a device with passkeys: what the script of a page does, step by step."""

import re
from typing import Any

import sqlalchemy as sa
from werkzeug.test import TestResponse

from portal.accounts.models import SignInSession
from portal.foundation.database import db
from tests import cast
from tests.accounts.authenticator import Authenticator
from tests.browsing import Browser

ADD_PAGE = {"": "/account/security/passkeys/new", "/staff": "/staff/me/passkeys/new"}
SIGN_IN_PAGE = {"": "/sign-in", "/staff": "/staff/sign-in"}


def secret_of(browser: Browser) -> str:
    """The secret that the page gives to its script, or to its forms."""
    assert browser.page is not None
    found = re.search(r'(?:data-secret|name="csrf_token" value)="([^"]+)', browser.page.text)
    assert found, browser.page.text
    return found[1]


def post(browser: Browser, path: str, said: Any = None) -> TestResponse:
    """Send what the script sends."""
    headers = {"X-CSRFToken": secret_of(browser), "Accept": "application/json"}
    return browser.client.post(path, json={} if said is None else said, headers=headers)


def options(browser: Browser, purpose: str, door: str = "") -> dict[str, Any]:
    """The challenge for a purpose, and what goes with it."""
    answer = post(browser, f"{door}/passkeys/{purpose}/options")
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def say(browser: Browser, purpose: str, credential: Any, door: str = "", **more: Any) -> TestResponse:
    """Send the answer of the device."""
    return post(browser, f"{door}/passkeys/{purpose}", {"credential": credential, **more})


def enter(browser: Browser, who: cast.Person, door: str = "") -> None:
    """Sign in with the password."""
    browser.open(SIGN_IN_PAGE[door])
    browser.send(email=who.email, password=cast.STAFF_PASSWORD if door else cast.PASSWORD)


def add(browser: Browser, device: Authenticator, door: str = "", name: str = "") -> TestResponse:
    """Have the device make a passkey for whoever is signed in."""
    browser.open(ADD_PAGE[door])
    answer = say(browser, "add", device.make(options(browser, "add", door)), door, name=name)
    browser.open("/")
    return answer


def sign_in(browser: Browser, device: Authenticator, door: str = "", **more: Any) -> TestResponse:
    """Sign in with the passkey alone."""
    browser.open(SIGN_IN_PAGE[door])
    return say(browser, "sign-in", device.use(options(browser, "sign-in", door)), door, **more)


def half_in(browser: Browser, who: cast.Person = cast.ANN) -> Browser:
    """Type the right password, which leads to the second step; stand before a page with a secret again."""
    browser.open("/sign-in")
    browser.send(email=who.email, password=cast.PASSWORD, follow=False)
    browser.open("/sign-in")
    return browser


def sessions_opened() -> int:
    """How many sessions there are, half ones and ended ones, too."""
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(SignInSession)) or 0)
