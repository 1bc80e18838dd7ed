"""Whatever is typed into a field about customers is kept or refused in words, and never breaks a page."""

import json
from pathlib import Path

import pytest

from portal.customers import queries
from portal.foundation.database import db
from portal.staff.rules import ROLES
from tests import cast

NAUGHTY = json.loads((Path(__file__).parents[1] / "vendor" / "blns.json").read_text(encoding="utf-8"))
LONG = ["x" * 10000, "\x00", "a\x00b", "\ufdfa" * 64, "e\u0301" * 64, "\u202e\u2066", "\U0001f600" * 64]
STRINGS = [*NAUGHTY, *LONG]
FINE = (200, 303, 409, 422)


@pytest.fixture
def clerk(app, browser):
    """Clara, signed in, without the tokens of forms, so that five hundred of them take seconds."""
    cast.member(cast.CLARA, "clerk", set(ROLES["clerk"]))
    browser.open("/staff/sign-in")
    browser.send(email=cast.CLARA.email, password=cast.STAFF_PASSWORD)
    app.config["WTF_CSRF_ENABLED"] = False
    yield browser.client
    app.config["WTF_CSRF_ENABLED"] = True


def test_the_search_box_takes_anything(clerk):
    cast.customer(cast.ANN)
    for text in STRINGS:
        page = clerk.get("/staff/customers", query_string={"q": text, "sort": text, "status": text, "after": text})
        assert page.status_code == 200, text
        assert "<script>alert" not in page.text


def test_every_text_field_of_a_customer_takes_anything(clerk):
    fields = ("first_name", "last_name", "email", "telephone", "customer_number", "customer_group", "stores", "status")
    for number, text in enumerate(STRINGS):
        typed = {"first_name": "A", "last_name": "B", "email": f"a{number}@demo.example"}
        for field in fields[number % 4 :: 4]:
            page = clerk.post("/staff/customers/new", data=typed | {field: text, "reason": text, "version": text})
            assert page.status_code in FINE, (field, text)
            assert "<script>alert" not in page.text


def test_a_name_that_is_kept_is_shown_as_it_was_typed(clerk):
    ann = cast.customer(cast.ANN)
    for text in STRINGS:
        db.session.expire_all()
        version = queries.by_number(ann.number).version
        data = {"first_name": text, "last_name": text, "email": ann.email, "version": version, "stores": "online"}
        page = clerk.post(f"/staff/customers/{ann.number}/edit", data=data)
        assert page.status_code in (303, 422), text
        db.session.expire_all()
        kept = queries.by_number(ann.number)
        page = clerk.get(f"/staff/customers/{ann.number}?tab=audit")
        assert page.status_code == 200, text
        assert "<script>alert" not in page.text
        assert clerk.get("/staff/customers", query_string={"q": kept.first_name}).status_code == 200


def test_a_customers_own_forms_take_anything(app, browser):
    cast.customer(cast.ANN)
    browser.open("/sign-in")
    browser.send(email=cast.ANN.email, password=cast.PASSWORD)
    app.config["WTF_CSRF_ENABLED"] = False
    home = {"recipient": "Ann", "country": "GB", "address_1": "1 Main Street", "city": "London", "postcode": "EC1Y 8SY"}
    fields = ("recipient", "company", "label", "address_1", "address_2", "city", "state", "postcode", "country")
    try:
        for number, text in enumerate(STRINGS):
            details = {"first_name": text, "last_name": text, "telephone": text if number % 2 else ""}
            assert browser.client.post("/account/profile", data=details).status_code in FINE, text
            data = home | {fields[number % len(fields)]: text}
            assert browser.client.post("/account/addresses/new", data=data).status_code in FINE, text
        page = browser.client.get("/account/addresses")
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    finally:
        app.config["WTF_CSRF_ENABLED"] = True
