"""While the gate of hashing is full, people are turned away before anything is done for them."""

import pytest

from portal.foundation import hashing
from tests import cast
from tests.storefront import newcomer
from tests.work import measured


@pytest.fixture
def ann(app):
    """Ann, who has an account."""
    return cast.customer(cast.ANN)


@pytest.fixture
def full(app, ann):
    """A gate without a place."""
    gate = app.extensions[hashing.EXTENSION]
    taken = gate.places_left
    gate.take(taken)
    yield gate
    gate.give_back(taken - gate.places_left)


def knock(browser, path="/sign-in"):
    return browser.client.post(path, data={"email": cast.ANN.email, "password": cast.PASSWORD})


@pytest.mark.parametrize("path", ["/sign-in", "/staff/sign-in", "/register"])
def test_nothing_is_read_counted_or_hashed_for_them(browser, full, path):
    with measured() as work:
        page = knock(browser, path)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "A lot of people are signing in right now" in page.text
    assert (work.hashes, work.statements) == ([], [])
    assert page.headers.getlist("Set-Cookie") == []


def test_a_program_is_answered_in_json(browser, full):
    answer = browser.client.post("/sign-in", json={"email": cast.ANN.email})
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.headers["Retry-After"] == "5"
    assert "signing in right now" in answer.json["detail"]


def test_each_has_a_request_number_of_their_own_and_the_headers_of_every_page(browsers, full):
    pages = [knock(browsers()) for _ in range(2)]
    numbers = [page.headers["X-Request-Number"] for page in pages]
    assert numbers[0] != numbers[1]
    assert all(number in page.text for number, page in zip(numbers, pages, strict=True))
    assert all("default-src 'none'" in page.headers["Content-Security-Policy"] for page in pages)


def test_what_one_is_shown_holds_nothing_of_another(app, browsers, full):
    app.extensions["portal.turned_away"].clear()
    first = browsers()
    with first.client.session_transaction() as session:
        session["_flashes"] = [("ok", "for the first alone")]
    assert "for the first alone" not in knock(first).text
    assert "for the first alone" not in knock(browsers()).text
    assert "for the first alone" in first.open("/help").text


def test_pages_are_open_to_them_and_the_door_is_when_a_place_is_free(browser, full):
    assert browser.open("/sign-in").status_code == 200
    full.give_back(1)
    assert browser.send("/sign-in", follow=False, email=cast.ANN.email, password=cast.PASSWORD).status_code == 303


def test_registering_needs_two_places(browser, full):
    full.give_back(1)
    assert newcomer.register(browser, follow=False).status_code == 503
    full.give_back(1)
    assert newcomer.register(browser, follow=False).status_code == 303
