"""Staff and how a customer is reached: telephones, consent by channel, the address book."""

import pytest

from portal.customers import queries
from portal.customers.models import Channel
from portal.customers.service.sealing import opened
from portal.foundation.database import db
from tests import cast
from tests.backoffice.desk import at_desk

ANN = "/staff/customers/T-ANN"


@pytest.fixture
def clerk(ann, browsers):
    """Clara at her desk."""
    return at_desk(browsers(), "clerk")


def test_telephones_are_added_verified_put_first_and_removed(clerk, ann):
    clerk.open(f"{ANN}?tab=contact")
    clerk.send("/telephones", telephone="+44 20 7946 0123", kind="work")
    db.session.refresh(ann)
    second = ann.telephones[1]
    clerk.send("/verify", telephone_id=str(second.id), where="called back")
    clerk.send(f"/{second.id}/primary")
    page = clerk.send(f"/{ann.telephones[0].id}/remove")
    assert "called back" in page.text
    db.session.refresh(ann)
    assert [(row.e164, row.is_primary, row.verified_by) for row in ann.telephones] == [
        ("+442079460123", True, "Clara Clerk")
    ]


def test_a_telephone_is_not_verified_without_saying_where(clerk, ann):
    clerk.open(f"{ANN}?tab=contact")
    page = clerk.send("/verify", where="")
    assert page.status_code == 422
    assert 'id="where-error"' in page.text
    assert clerk.send("/verify", telephone_id="987654", where="x").status_code == 422


def test_consent_that_staff_enter_needs_what_was_said(clerk, ann):
    clerk.open(f"{ANN}?tab=consent")
    assert clerk.send("/channels", channels="sms").status_code == 422
    assert queries.channel_history(ann.id) == []
    page = clerk.send("/channels", channels="sms", said="Yes, text me, at the counter")
    assert "Yes, text me, at the counter" in page.text
    [line] = queries.channel_history(ann.id)
    assert (line.channel, line.who, line.source) == (Channel.SMS, "Clara Clerk", "staff")


def test_the_address_book_is_kept_by_staff_with_the_customers_own_rules(clerk, ann):
    typed = {"address_1": "12 Laxmi Road", "city": "Pune", "state": "Maharashtra", "postcode": "411 030"}
    clerk.open(f"{ANN}/addresses/new")
    assert clerk.send(**typed | {"postcode": "1"}).status_code == 422
    clerk.send(**typed, gate_code="4711#99")
    [home] = queries.addresses(ann.id)
    assert (home.is_billing, home.is_delivery, home.postcode) == (True, True, "411030")
    page = clerk.open(f"{ANN}?tab=addresses")
    assert "4711" not in page.text
    clerk.open(f"{ANN}/reveal?field=gate_code-{home.id}")
    assert "4711#99" in clerk.send(field=f"gate_code-{home.id}", reason="Courier at the gate").text
    clerk.open(f"{ANN}/addresses/new")
    clerk.send(**typed | {"address_1": "4 Second Street"}, is_billing="1")
    clerk.open(f"{ANN}/addresses/{home.id}/edit")
    clerk.send(city="Mumbai")
    db.session.refresh(home)
    assert (home.city, home.is_billing, opened(home.gate_code)) == ("Mumbai", False, "4711#99")
    clerk.open(f"{ANN}/addresses/{home.id}/remove")
    clerk.send("/remove")
    [left] = queries.addresses(ann.id)
    assert (left.is_billing, left.is_delivery) == (True, True)


def test_an_address_that_the_customer_changed_meanwhile_is_shown_in_both_versions(clerk, ann):
    typed = {"address_1": "12 Laxmi Road", "city": "Pune", "state": "Maharashtra", "postcode": "411030"}
    clerk.open(f"{ANN}/addresses/new")
    clerk.send(**typed)
    [home] = queries.addresses(ann.id)
    clerk.open(f"{ANN}/addresses/{home.id}/edit")
    home.version, home.city = 2, "Nashik"
    page = clerk.send(city="Mumbai")
    assert page.status_code == 409
    assert "Nashik" in page.text


def test_addresses_of_somebody_else_are_not_found(clerk, ann):
    ben = cast.customer(cast.BEN)
    clerk.open(f"/staff/customers/{ben.number}/addresses/new")
    clerk.send(address_1="1 Main Street", city="Pune", state="Maharashtra", postcode="411030")
    [his] = queries.addresses(ben.id)
    for act in ("edit", "remove"):
        assert clerk.open(f"{ANN}/addresses/{his.id}/{act}").status_code == 404
