"""What customers do on their own pages: details and address book, theirs alone."""

import re

import pytest
import sqlalchemy as sa

from portal.customers import queries
from portal.customers.models import Address, Customer
from portal.foundation.database import db
from tests import cast

BOOK = "/account/addresses"
HOME = {"recipient": "Ann Adeyemi", "country": "IN", "address_1": "12 Laxmi Road", "city": "pune"} | {
    "state": "maharashtra",
    "postcode": "411 030",
}


def enter(browser, person):
    browser.open("/sign-in")
    browser.send(email=person.email, password=cast.PASSWORD)
    assert browser.path == "/account"
    return browser


@pytest.fixture
def ann(app, browsers):
    """Ann at her browser."""
    cast.customer(cast.ANN)
    return enter(browsers(), cast.ANN)


def fresh(number="T-ANN"):
    db.session.expire_all()
    return queries.by_number(number)


def book(number="T-ANN"):
    db.session.expire_all()
    return queries.addresses(queries.by_number(number).id)


def add(browser, **more):
    browser.open(f"{BOOK}/new")
    return browser.send(**(HOME | more))


def test_details_are_shown_and_changed(ann):
    assert "098765 43210" in ann.open("/account/profile").text
    ann.open("/account/profile/edit")
    ann.send(first_name="  Anne ", last_name="-", telephone="12")
    assert ann.page.status_code == 422
    ann.send(telephone="+44 (0)7700 900123")
    assert ann.path == "/account/profile"
    assert (fresh().first_name, fresh().name, fresh().telephone.e164) == ("Anne", "Anne", "+447700900123")


def test_a_script_may_send_the_details_without_a_version(ann):
    ann.open("/account/profile/edit")
    ann.send(first_name="Anne", version=None)
    assert fresh().first_name == "Anne"


def test_two_windows_of_one_customer_get_both_versions(ann):
    ann.open("/account/profile/edit")
    page = ann.page
    ann.send(first_name="Anne")
    ann.page, ann.address = page, "/account/profile"
    conflict = ann.send(first_name="Anna")
    assert conflict.status_code == 409
    assert "Anne" in conflict.text
    ann.send()
    assert fresh().first_name == "Anna"


def test_an_address_is_kept_in_the_usual_form_of_its_country(ann):
    add(ann)
    [address] = book()
    assert (address.state, address.postcode) == ("Maharashtra", "411030")
    assert address.is_billing
    assert address.is_delivery


def test_fields_follow_the_country_and_nothing_is_saved_meanwhile(ann):
    ann.open(f"{BOOK}/new")
    page = ann.send(**(HOME | {"country": "AE"}), change_country="1")
    assert page.status_code == 200
    assert "Emirate" in page.text
    assert 'name="postcode"' not in page.text
    assert "12 Laxmi Road" in page.text
    assert book() == []


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"postcode": "12"}, "Enter a PIN code like 110034"),
        ({"postcode": ""}, "Enter the PIN code"),
        ({"state": ""}, "Choose the state"),
        ({"state": "Texas"}, "Choose the state"),
        ({"country": "XX"}, "Choose a country"),
        ({"address_1": ""}, "Enter the address"),
        ({"recipient": ""}, "Enter who receives it"),
        ({"city": "a\x00b"}, "can’t be shown"),
        ({"address_1": "x" * 10000}, "255"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_the_text_is_kept(ann, typed, words):
    page = add(ann, company="Kept & Sons", **typed)
    assert page.status_code == 422
    assert words in page.text
    assert "Kept &amp; Sons" in page.text
    assert book() == []


def test_a_form_sent_twice_adds_one_address(ann):
    ann.open(f"{BOOK}/new")
    page = ann.page
    for _ in range(2):
        ann.page, ann.address = page, f"{BOOK}/new"
        ann.send(**HOME)
        assert ann.path == BOOK
    assert len(book()) == 1


def test_the_newest_choice_of_use_wins_and_a_removed_address_hands_it_on(ann):
    add(ann, label="Home")
    add(ann, label="Workshop", is_billing="1")
    assert {row.label: (row.is_delivery, row.is_billing) for row in book()} == {
        "Home": (True, False),
        "Workshop": (False, True),
    }
    [workshop] = [row.id for row in book() if row.label == "Workshop"]
    ann.open(f"{BOOK}/{workshop}/remove")
    ann.send("/remove")
    assert [(row.label, row.is_delivery, row.is_billing) for row in book()] == [("Home", True, True)]


def test_an_address_edited_in_two_windows_is_not_lost(ann):
    add(ann)
    [address] = book()
    page = ann.open(f"{BOOK}/{address.id}/edit")
    ann.send(city="Mumbai")
    ann.page, ann.address = page, f"{BOOK}/{address.id}/edit"
    conflict = ann.send(city="Nashik")
    assert conflict.status_code == 409
    assert {"Mumbai", "Nashik"} <= set(re.findall(r"<bdi>(.*?)</bdi>", conflict.text))
    ann.send()
    assert book()[0].city == "Nashik"


def test_another_customers_address_does_not_exist(ann, browsers):
    add(ann)
    [address] = book()
    cast.customer(cast.BEN)
    ben = enter(browsers(), cast.BEN)
    ben.open(f"{BOOK}/new")
    token = re.search(r'name="csrf_token" value="([^"]+)"', ben.page.text)[1]
    for path in (f"{BOOK}/{address.id}/edit", f"{BOOK}/{address.id}/remove"):
        assert ben.open(path).status_code == 404
        assert ben.client.post(path, data=HOME | {"csrf_token": token, "version": "1"}).status_code == 404
    assert [row.id for row in book()] == [address.id]


@pytest.mark.parametrize("number", ["0", "99999", "99999999999999999999"])
def test_an_address_of_nobody_is_not_found(ann, number):
    assert ann.open(f"{BOOK}/{number}/edit").status_code == 404


def test_the_book_has_an_end(ann, monkeypatch):
    monkeypatch.setattr("portal.customers.service.addresses.MOST", 1)
    add(ann)
    assert add(ann).status_code == 409
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Address)) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 1
