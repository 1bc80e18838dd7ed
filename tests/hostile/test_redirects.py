"""Where a form or a link leads on: to a page of ours, whatever `next` says."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from portal.staff.rules import OWNER
from tests import cast, surroundings
from tests.browsing import Browser, Forms
from tests.hostile.attacks import tried

# Where a form leads is decided before any row is read.
pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")

EVIL = "evil.example"
TARGETS = (
    *(f"https://{EVIL}", f"http://{EVIL}/", f"//{EVIL}", f"///{EVIL}", f"////{EVIL}/%2f..", f"https:{EVIL}"),
    *(
        f"https:/{EVIL}",
        f"https:///{EVIL}",
        f"http:\\\\{EVIL}",
        f"/\\{EVIL}",
        f"\\\\{EVIL}",
        f"\\/{EVIL}",
        f"/\\/{EVIL}",
    ),
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", f"ftp://{EVIL}"),
    *(f"/\t/{EVIL}", f"/\n/{EVIL}", f"/\r\nLocation: https://{EVIL}", f"/\x00//{EVIL}", f"/%00//{EVIL}"),
    *(f"/%09/{EVIL}", f"/%0a/{EVIL}", f"/%5c{EVIL}", f"/%2f{EVIL}", f"%2f%2f{EVIL}", f" //{EVIL}", f"\t//{EVIL}"),
    *(f"/ /{EVIL}", f"https://localhost@{EVIL}", f"https://localhost.{EVIL}", f"//localhost@{EVIL}"),
    *(f"//localhost:80@{EVIL}", "http://localhost/account", EVIL, "account", f"?next=//{EVIL}", f"#//{EVIL}"),
    *(f"/account/../../{EVIL}", f"/{EVIL}", f"//{EVIL.replace('.', '。')}", f"／／{EVIL}", f"/\u2028/{EVIL}"),
    *(f"/account/%2e%2e//{EVIL}", "/sign-out", "/static/portal.css", "/healthz", "/nowhere", "/" + "a" * 3000),
)


@dataclass(frozen=True)
class Way:
    """A page that takes `next`, and what its form needs beside it."""

    path: str
    come: Callable[[Browser], None]
    fields: dict[str, str]
    later: Callable[[int], None] = lambda _minutes: None  # goes on in time


def stranger(_browser):
    """Nobody is signed in."""


def ann_long_ago(browser):
    sign_in(browser, "/sign-in", cast.ANN.email, cast.PASSWORD)


def otto_long_ago(browser):
    sign_in(browser, "/staff/sign-in", cast.OTTO.email, cast.STAFF_PASSWORD)


def sign_in(browser, path, email, password):
    browser.open(path)
    browser.send(email=email, password=password)
    assert browser.path in ("/account", "/staff")


WAYS = {
    "sign-in": Way("/sign-in", stranger, {"email": cast.ANN.email, "password": cast.PASSWORD}),
    "staff sign-in": Way("/staff/sign-in", stranger, {"email": cast.OTTO.email, "password": cast.STAFF_PASSWORD}),
    "step-up": Way("/account/confirm", ann_long_ago, {"current_password": cast.PASSWORD}),
    "staff step-up": Way("/staff/confirm", otto_long_ago, {"current_password": cast.STAFF_PASSWORD}),
}


@pytest.fixture
def way(request, app, clock):
    """A shop with Ann and Otto in it; time goes on only when told."""
    cast.customer(cast.ANN)
    cast.member(cast.OTTO, "owner", set(OWNER))
    found = WAYS[request.param]
    return replace(found, later=lambda minutes: clock.shift(timedelta(minutes=minutes)))


def targets(way):
    """What a way in is tried with: half of what there is, its neighbour with the other half; all in a run of all."""
    place = [one.path for one in WAYS.values()].index(way.path)
    return TARGETS if surroundings.EVERY_ATTACK else TARGETS[place % 2 :: 2]


def arrive(app, way, query, field=None):
    """Fill the form of the page as it was asked for, with another `next` where told; gives where it led."""
    browser = Browser(app)
    way.later(16)  # tries are forgotten
    way.come(browser)
    way.later(6)  # what was proven is no longer fresh
    page = browser.client.get(way.path, query_string={"next": query} if query else {})
    assert page.status_code == 200, query
    form = next(form for form in Forms(page.text).forms if set(way.fields) <= set(form["fields"]))
    told = form["fields"].get("next", "")
    data = form["fields"] | way.fields | ({} if field is None else {"next": field})
    answer = browser.client.post(way.path, data=data)
    assert answer.status_code == 303, (query, field)
    return told, answer.location


@pytest.mark.parametrize("way", WAYS, indirect=True)
def test_a_page_of_ours_is_where_it_leads(app, way):
    page = "/staff/customers" if way.path.startswith("/staff") else "/account/security"
    assert arrive(app, way, page) == (page, page)
    assert arrive(app, way, "", page)[1] == page


@pytest.mark.parametrize("way", WAYS, indirect=True)
def test_an_address_in_the_query_leads_nowhere_else(app, way):
    home = arrive(app, way, "")
    for target in targets(way):
        led = arrive(app, way, target)
        assert tried("redirects", refused=led == home), (target, led)


@pytest.mark.parametrize("way", WAYS, indirect=True)
def test_an_address_in_the_form_leads_nowhere_else(app, way):
    _, home = arrive(app, way, "")
    for target in targets(way):
        _, led = arrive(app, way, "", target)
        assert tried("redirects", refused=led == home), (target, led)


@pytest.mark.parametrize("way", [name for name in WAYS if "step-up" in name], indirect=True)
def test_who_has_proven_it_just_now_is_led_nowhere_else_either(app, way):
    browser = Browser(app)
    way.come(browser)
    home = browser.client.get(way.path).location
    for target in TARGETS:
        led = browser.client.get(way.path, query_string={"next": target}).location
        assert tried("redirects", refused=led == home), (target, led)
    assert not urlsplit(home).netloc


@pytest.mark.parametrize("way", ["sign-in", "step-up"], indirect=True)
def test_a_page_of_the_other_realm_is_no_way_on(app, way):
    home = arrive(app, way, "")
    assert arrive(app, way, "/staff/customers") in (home, ("/staff/customers", home[1]))
