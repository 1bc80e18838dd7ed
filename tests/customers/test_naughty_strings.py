"""Whatever is typed into a field about customers is kept or refused in words, and never breaks a page."""

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from portal.customers import queries
from portal.foundation.database import db
from portal.foundation.web import QUERY
from portal.staff.rules import ROLES
from tests import cast, surroundings

NAUGHTY = json.loads((Path(__file__).parents[1] / "vendor" / "blns.json").read_text(encoding="utf-8"))
LONG = ["x" * 10000, "\x00", "a\x00b", "\ufdfa" * 64, "e\u0301" * 64, "\u202e\u2066", "\U0001f600" * 64]
FINE = (200, 303, 409, 422)


@pytest.fixture
def strings(app):
    """In turn those of one run on SQLite, every fifth on PostgreSQL, whose own trouble is with NUL and length."""
    on_sqlite = [text for text in NAUGHTY if surroundings.in_turn(text)]
    return [*(on_sqlite if db.engine.dialect.name == "sqlite" else NAUGHTY[::5]), *LONG]


@pytest.fixture
def clerk(app, browser):
    """Clara, signed in, without the tokens of forms, so that five hundred of them take seconds."""
    cast.member(cast.CLARA, "clerk", set(ROLES["clerk"]))
    browser.open("/staff/sign-in")
    browser.send(email=cast.CLARA.email, password=cast.STAFF_PASSWORD)
    app.config["WTF_CSRF_ENABLED"] = False
    yield browser.client
    app.config["WTF_CSRF_ENABLED"] = True


def test_the_search_box_takes_anything(clerk, strings):
    cast.customer(cast.ANN)
    for text in strings:
        query = urlencode({"q": text, "sort": text, "status": text, "after": text})
        page = clerk.get("/staff/customers", query_string=query)
        assert page.status_code == (200 if len(query) <= QUERY else 414), text
        assert "<script>alert" not in page.text


def test_every_field_of_a_new_customer_takes_anything(clerk, strings):
    fields = ("first_name", "last_name", "email", "telephone", "customer_number", "customer_group", "stores", "status")
    for number, text in enumerate(strings):
        typed = {"first_name": "A", "last_name": "B", "email": f"a{number}@demo.example"}
        typed |= {fields[number % len(fields)]: text, "reason": text, "version": text}
        page = clerk.post("/staff/customers/new", data=typed)
        assert page.status_code in FINE, text
        assert "<script>alert" not in page.text


def test_a_name_is_kept_as_it_was_typed_or_refused_and_shown_as_text(clerk, strings):
    ann = cast.customer(cast.ANN)
    for number, text in enumerate(strings):
        version = queries.by_number(ann.number).version
        data = {"first_name": text, "last_name": text, "email": ann.email, "version": version, "stores": "online"}
        page = clerk.post(f"/staff/customers/{ann.number}/edit", data=data)
        assert page.status_code in (303, 422), text
        if number % 50 == 0:
            page = clerk.get(f"/staff/customers/{ann.number}?tab=audit")
        assert page.status_code in (200, 303, 422), text
        assert "<script>alert" not in page.text


def test_a_customers_own_forms_take_anything(app, browser, strings):
    cast.customer(cast.ANN)
    browser.open("/sign-in")
    browser.send(email=cast.ANN.email, password=cast.PASSWORD)
    app.config["WTF_CSRF_ENABLED"] = False
    home = {"recipient": "Ann", "country": "GB", "address_1": "1 Main Street", "city": "London", "postcode": "EC1Y 8SY"}
    fields = ("recipient", "company", "label", "address_1", "address_2", "city", "state", "postcode", "country")
    try:
        for number, text in enumerate(strings):
            if number % 3:
                path, data = "/account/addresses/new", home | {fields[number % len(fields)]: text}
            else:
                path, data = "/account/profile", {"first_name": text, "last_name": text, "telephone": text[:20]}
            assert browser.client.post(path, data=data).status_code in FINE, text
        page = browser.client.get("/account/addresses")
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    finally:
        app.config["WTF_CSRF_ENABLED"] = True
