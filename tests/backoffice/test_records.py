"""Staff and the whole record: every field, masked numbers, the till's settings, who looked."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.audit.service import OPERATOR
from portal.customers import queries
from portal.customers.models import Channel, CustomerView, Gender
from portal.customers.service import further, profile
from portal.customers.service.further import Further
from portal.foundation.database import db
from tests import cast
from tests.backoffice.desk import at_desk
from tests.browsing import Forms

ANN = "/staff/customers/T-ANN"
GSTIN, PAN = "27AAPFU0939F1ZV", "AAPFU0939F"
EVERYTHING = {
    "date_of_birth": "1987-03-27",
    "gender": "female",
    "nationality": "IN",
    "anniversary": "2019-11-02",
    "customer_id_number": "POS-1",
    "preferred_channel": "telephone",
    "pan": PAN,
    "gstin": GSTIN,
    "vat_id": "DE136695976",
    "drivers_licence": "MH12 20110012345",
    "price_note": "Trade price",
    "email_receipts": "1",
    "remarks": "First line\nsecond line",
}


@pytest.fixture
def ann(app):
    """Ann, of whom only name and contact are known."""
    return cast.customer(cast.ANN)


@pytest.fixture
def clerk(ann, browsers):
    """Clara at her desk."""
    return at_desk(browsers(), "clerk")


@pytest.fixture
def owner(ann, browsers):
    """Otto at his desk."""
    return at_desk(browsers(), "owner")


def know(ann, **more):
    profile.update_profile(ann, version=ann.version, by=OPERATOR, further=Further(**more), may_set_credit=True)
    db.session.commit()


def entries(verb):
    return list(db.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == verb)))


def test_every_field_is_saved_from_one_form_and_shown_on_its_tab(clerk, ann):
    clerk.open(f"{ANN}/edit")
    clerk.send(**EVERYTHING)
    assert clerk.path == ANN
    db.session.expire_all()
    assert (ann.born_on, ann.gender, ann.anniversary_on) == (date(1987, 3, 27), Gender.FEMALE, date(2019, 11, 2))
    assert (ann.external_id, ann.preferred_channel) == ("POS-1", Channel.TELEPHONE)
    assert (ann.pos.email_receipts, ann.pos.price_note) == (True, "Trade price")
    for tab, words in (
        ("profile", ("27 Mar 1987", "Female", "India", "2 Nov 2019", "POS-1", "Telephone call")),
        ("statutory", ("•••• 39F", "•••• 1ZV", "•••• 976", "•••• 345", "Maharashtra", "Trade price", "Not allowed")),
        ("remarks", ("First line\nsecond line",)),
    ):
        page = clerk.open(f"{ANN}?tab={tab}").text
        assert [word for word in words if word not in page] == []


def test_a_new_customer_can_have_everything_at_once(clerk):
    clerk.open("/staff/customers/new")
    clerk.send(first_name="Zoë", last_name="-", email="zoe@demo.example", **EVERYTHING)
    zoe = queries.by_email("zoe@demo.example")
    assert zoe.external_id == "POS-1"
    assert further.number_of(zoe, "gstin") == GSTIN


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"gstin": "27AAPFU"}, "gstin", "GST number must be 15 characters, like 27AAPFU0939F1ZV"),
        ({"gstin": GSTIN, "pan": "AAPFU0939G"}, "gstin", "belongs to another PAN"),
        ({"gstin": GSTIN, "state_of_registration": "Goa"}, "state_of_registration", "Maharashtra"),
        ({"pan": "1"}, "pan", "PAN must be 10 characters"),
        ({"vat_id": "XX99"}, "vat_id", "Begin the VAT number with its country"),
        ({"date_of_birth": "2999-01-01"}, "date_of_birth", "Enter a date of birth"),
        ({"date_of_birth": "yesterday"}, "date_of_birth", "Enter a date of birth"),
        ({"gender": "x"}, "gender", "Choose from the list"),
        ({"nationality": "XX"}, "nationality", "Choose from the list"),
        ({"preferred_channel": "fax"}, "preferred_channel", "Choose from the list"),
        ({"remarks": "x" * 5001}, "remarks", "5000 characters or fewer"),
        ({"customer_id_number": "x" * 65}, "customer_id_number", "64 characters or fewer"),
        ({"drivers_licence": "a\x00b"}, "drivers_licence", "can’t be shown"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(clerk, ann, typed, field, words):
    clerk.open(f"{ANN}/edit")
    page = clerk.send(first_name="Changed", **typed)
    assert page.status_code == 422
    assert words in page.text
    assert f'href="#{field}"' in page.text
    db.session.refresh(ann)
    assert (ann.first_name, ann.version) == ("Ann", 1)


def test_a_number_of_another_system_that_is_taken_names_its_holder(owner, ann):
    ben = cast.customer(cast.BEN)
    know(ben, external_id="POS-1")
    owner.open(f"{ANN}/edit")
    page = owner.send(customer_id_number="POS-1")
    assert page.status_code == 422
    assert "Ben Brontë" in page.text


def test_masked_numbers_are_changed_without_being_seen_kept_when_empty_and_removed_by_a_tick(clerk, ann):
    know(ann, pan="AAPFU0939G", drivers_licence="MH12 20110012345")
    page = clerk.open(f"{ANN}/edit")
    assert "AAPFU0939G" not in page.text
    assert "20110012345" not in page.text
    clerk.send(remarks="x")
    assert further.number_of(ann, "pan") == "AAPFU0939G"
    clerk.open(f"{ANN}/edit")
    clerk.send("/edit", drivers_licence="DL14 20200054321", clear_pan="1")
    db.session.expire_all()
    assert (further.number_of(ann, "pan"), further.number_of(ann, "drivers_licence")) == ("", "DL14 20200054321")


def test_a_masked_number_is_shown_once_to_who_says_why(clerk, ann):
    know(ann, pan=PAN)
    clerk.open(f"{ANN}/reveal?field=pan")
    assert clerk.send(reason="").status_code == 422
    assert entries("customer.revealed") == []
    clerk.open(f"{ANN}/reveal?field=pan")
    page = clerk.send(field="pan", reason="Invoice 4711 needs it")
    assert page.status_code == 200
    assert PAN in page.text
    [entry] = entries("customer.revealed")
    assert (entry.actor_name, entry.reason) == ("Clara Clerk", "Invoice 4711 needs it")
    assert PAN not in str(entry.changes)
    assert PAN not in clerk.open(f"{ANN}/reveal?field=pan").text
    assert PAN not in clerk.open(f"{ANN}?tab=statutory").text


@pytest.mark.parametrize("field", ["", "gstin", "password_hash", "gate_code-1", "gate_code-x", "\x00", "remarks"])
def test_nothing_but_a_masked_number_on_record_is_shown(clerk, ann, field):
    know(ann, pan=PAN)
    clerk.open(f"{ANN}/reveal")
    assert clerk.send(field=field, reason="curious").status_code == 422
    assert entries("customer.revealed") == []


def test_who_may_not_see_masked_numbers_is_offered_no_way_and_let_in_by_none(ann, browsers):
    know(ann, pan=PAN)
    few = {"backoffice.store_control.customer.view", "backoffice.store_control.customer.modify"}
    cast.member(cast.MARK, "clerk without secrets", few)
    browser = browsers()
    browser.open("/staff/sign-in")
    browser.send(email=cast.MARK.email, password=cast.STAFF_PASSWORD)
    page = browser.open(f"{ANN}?tab=statutory")
    assert "•••• 39F" in page.text
    assert "/reveal" not in page.text
    assert browser.open(f"{ANN}/reveal").status_code == 403
    on_another_page = [form["fields"].get("csrf_token") for form in Forms(browser.open(f"{ANN}/edit").text).forms]
    typed = {"field": "pan", "reason": "curious", "csrf_token": next(filter(None, on_another_page))}
    assert browser.client.post(f"{ANN}/reveal", data=typed).status_code == 403
    assert entries("customer.revealed") == []


def test_selling_on_credit_is_the_owners_to_allow(clerk, owner, ann):
    page = clerk.open(f"{ANN}/edit")
    assert 'name="allow_credit_sale"' not in page.text
    clerk.send("/edit", price_note="x", allow_credit_sale="1")
    db.session.refresh(ann)
    assert ann.pos.allow_credit_sale is False
    owner.open(f"{ANN}/edit")
    owner.send("/edit", allow_credit_sale="1")
    db.session.refresh(ann.pos)
    assert ann.pos.allow_credit_sale is True
    clerk.open(f"{ANN}/edit")
    clerk.send(price_note="y")
    db.session.refresh(ann.pos)
    assert (ann.pos.allow_credit_sale, ann.pos.price_note) == (True, "y")


def test_the_second_of_two_editors_sees_what_differs_and_no_number(clerk, ann):
    know(ann, pan=PAN)
    clerk.open(f"{ANN}/edit")
    know(ann, gender=Gender.MALE, remarks="Theirs", born_on=date(1987, 3, 27), pan="AAPFU0939G")
    page = clerk.send(gender="other", remarks="Mine", drivers_licence="MH12 20110012345")
    assert page.status_code == 409
    for words in ("Other", "Male", "Mine", "Theirs", "27 Mar 1987", "•••• 345"):
        assert words in page.text
    assert re.search(r"The same in both: .*\bPAN\b", page.text)  # left as it is, so theirs counts
    assert "AAPFU" not in page.text
    clerk.send()
    db.session.expire_all()
    assert (ann.gender, ann.remarks) == (Gender.OTHER, "Mine")
    assert further.number_of(ann, "pan") == "AAPFU0939G"


def test_a_script_that_knows_only_the_older_fields_empties_none_of_the_newer(clerk, ann):
    know(ann, remarks="Stays", gender=Gender.MALE, email_receipts=True, born_on=date(1987, 3, 27))
    clerk.open(f"{ANN}/edit")
    clerk.send(first_name="Anne", **dict.fromkeys([*EVERYTHING, "state_of_registration"]))
    db.session.expire_all()
    assert (ann.first_name, ann.remarks, ann.gender) == ("Anne", "Stays", Gender.MALE)
    assert (ann.pos.email_receipts, ann.born_on) == (True, date(1987, 3, 27))


def test_it_is_kept_once_in_a_while_who_looked_and_shown(clock, clerk, owner, ann):
    clerk.open(ANN)
    clerk.open(f"{ANN}?tab=statutory")
    owner.open(ANN)
    assert [look.member_name for look in queries.looks_at(ann.id)] == ["Otto Owner", "Clara Clerk"]
    clock.shift(timedelta(minutes=6))
    page = clerk.open(f"{ANN}?tab=audit")
    assert db.session.scalar(sa.select(sa.func.count(CustomerView.id))) == 3
    assert "Looked at by" in page.text
    assert "Otto Owner" in page.text


@pytest.mark.parametrize("tab", ["statutory", "contact", "remarks"])
def test_a_tab_opens_for_somebody_of_whom_nothing_is_known(clerk, app, tab):
    nora = cast.customer(cast.Person("Nora", "-", "nora@demo.example"), with_account=False)
    assert clerk.open(f"/staff/customers/{nora.number}?tab={tab}").status_code == 200
