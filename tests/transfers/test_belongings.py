"""What goes beside customers comes along with a file, changes by one, and goes back when the import is undone."""

import json

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.customers import custom_queries
from portal.customers import queries as customers
from portal.customers.models import Address, Customer, CustomerStatus, FieldKind, PosSettings
from portal.customers.rules.tax_ids import masked
from portal.customers.service import further, tags
from portal.customers.service.sealing import opened
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.jobs import queries as jobs
from portal.jobs.models import Job
from portal.jobs.service import advance_due
from portal.newsletter import queries as newsletter
from portal.newsletter.models import SubscriptionState
from portal.transfers import queries
from portal.transfers.models import Outcome
from portal.transfers.rules.columns import MASKED
from portal.transfers.service import uploading
from tests import cast
from tests.transfers.conftest import OTTO
from tests.transfers.test_importing import HASH

PAN, GSTIN = "AAPFU0939F", "27AAPFU0939F1ZV"
EVERYTHING = {
    "email": "priya@shop.example",
    "first_name": "Priya",
    "last_name": "Raman",
    "telephone": "+91 98765 43210",
    "further_telephones": "home: +91 20 2612 3456; +44 7700 900123",
    "customer_group": "Trade",
    "stores": "pune;online",
    "tags": "VIP, Tasting",
    "pan": "aapfu 0939f",
    "gstin": GSTIN,
    "vat_id": "DE136695976",
    "drivers_licence": "MH12 20110012345",
    "allow_credit_sale": "yes",
    "email_receipts": "yes",
    "price_note": "List price",
    "address_1": "1 MG Road",
    "city": "Pune",
    "state": "Maharashtra",
    "postcode": "411001",
    "gate_code": "4711#",
    "billing_address_1": "2 FC Road",
    "billing_city": "Pune",
    "billing_postcode": "411004",
    "field:shoe_size": "42",
}


def table(*rows):
    """Rows as a CSV file with the columns that any of them has."""
    heads = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(heads), *(",".join(f'"{row.get(name, "")}"' for name in heads) for row in rows)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def shop(app):
    """A shop with a store and a field of its own: its group that asks for approval."""
    cast.store()
    trade = cast.group("Trade")
    cast.custom_field("Shoe size", FieldKind.NUMBER)
    db.session.commit()
    return trade


@pytest.fixture
def ben(shop):
    return cast.customer(cast.BEN, with_account=False)


def undo(wanted):
    job = uploading.undo(db.session.get_one(Job, wanted.job_id), OTTO)
    db.session.commit()
    advance_due()
    db.session.expire_all()
    return job


def beside(customer):
    """All that stands beside a customer, in plain words."""
    till = db.session.scalar(sa.select(PosSettings).where(PosSettings.customer_id == customer.id))
    book = {("delivery" if one.is_delivery else "billing"): one for one in customers.addresses(customer.id)}
    return {
        "group": groups.preferred_group(customer.id).name,
        "stores": sorted(store.code for store in customer.stores),
        "tags": [tag.name for tag in custom_queries.tags_of(customer.id)],
        "telephones": [(phone.kind.value, phone.e164, phone.is_primary) for phone in customer.telephones],
        "numbers": {name: further.number_of(customer, name) for name in further.SEALED},
        "till": (till.allow_credit_sale, till.email_receipts, till.price_note) if till else None,
        "addresses": {use: (one.address_1, one.postcode, opened(one.gate_code)) for use, one in book.items()},
        "fields": {row.field.key: row.value for row in custom_queries.values_of(customer.id)},
    }


ALL_OF_IT = {
    "group": "Trade",
    "stores": ["online", "pune"],
    "tags": ["Tasting", "VIP"],
    "telephones": [
        ("mobile", "+919876543210", True),
        ("home", "+912026123456", False),
        ("mobile", "+447700900123", False),
    ],
    "numbers": {"pan": PAN, "gstin": GSTIN, "vat_id": "DE136695976", "drivers_licence": "MH12 20110012345"},
    "till": (True, True, "List price"),
    "addresses": {"delivery": ("1 MG Road", "411001", "4711#"), "billing": ("2 FC Road", "411004", "")},
    "fields": {"shoe_size": "42"},
}


def test_a_new_customer_has_all_that_the_file_says(shop, imported, outbox):
    wanted = imported(table(EVERYTHING))
    priya = customers.by_email("priya@shop.example")
    assert beside(priya) == ALL_OF_IT
    assert "+912026123456" in priya.search_text
    assert priya.telephone_count == 3
    assert (priya.statutory.state_of_registration, priya.group_id, priya.country) == ("Maharashtra", shop.id, "IN")
    assert outbox() == []
    undo(wanted)
    assert customers.by_email("priya@shop.example") is None


def test_somebody_on_record_gets_it_too_and_goes_back_as_they_were(ben, imported, outbox):
    before = beside(ben)
    row = {name: text for name, text in EVERYTHING.items() if name not in ("email", "telephone", "first_name")}
    wanted = imported(table(row | {"email": cast.BEN.email, "last_name": ""}))
    assert wanted.counts == {"change": 1}
    changed = beside(ben)
    kept = {name: changed[name] for name in changed if name != "telephones"}
    assert kept == {name: ALL_OF_IT[name] for name in kept}
    assert [phone[1] for phone in changed["telephones"]][1:] == ["+912026123456"]
    verbs = set(db.session.scalars(sa.select(AuditEntry.verb)))
    assert {"customer.regrouped", "customer.tagged", "customer.changed", "customer.address_added"} <= verbs
    undone = undo(wanted)
    assert jobs.problems(undone.id).rows == []
    after = beside(ben)
    assert {name: after[name] for name in after if name not in ("till", "addresses")} == {
        name: before[name] for name in before if name not in ("till", "addresses")
    }
    assert (after["addresses"], after["till"]) == ({}, (False, False, ""))
    assert outbox() == []


def test_the_same_file_once_more_changes_nothing(shop, imported, checked):
    imported(table(EVERYTHING))
    assert checked(table(EVERYTHING)).counts == {"same": 1}


def test_nothing_sealed_is_staged_as_it_is(shop, checked):
    wanted = checked(table(EVERYTHING))
    [row] = queries.rows(wanted.id, Outcome.NEW)
    assert not [secret for secret in (PAN, GSTIN, "DE136695976", "4711#") if secret in row.more + row.address]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("pan", "AAPFU0939", "PAN must be"),
        ("gstin", "27AAPFU0939F1ZX", "last character"),
        ("vat_id", "12", "Begin the VAT number"),
        ("stores", "nowhere", "no such store"),
        ("customer_group", "Nobody", "no such group"),
        ("tags", "x" * 41, "40 characters"),
        ("further_telephones", "fax: +44 7700 900123", "Write kind and number"),
        ("allow_credit_sale", "perhaps", "yes or no"),
        ("field:shoe_size", "big", "Enter a number"),
        ("country", "Nowhere", "two letters"),
        ("billing_country", "XX", "two letters"),
        ("status", "asleep", "enabled or disabled"),
    ],
)
def test_each_wrong_cell_is_named_with_its_reason(shop, checked, column, cell, reason):
    row = {"email": "a@shop.example", "first_name": "A", "address_1": "1 Road", "billing_address_1": "2 Road"}
    wanted = checked(table(row | {column: cell}))
    [problem] = queries.rows(wanted.id, Outcome.PROBLEM)
    shown = masked(cell) if column in MASKED else cell
    assert (problem.line, problem.column, problem.value) == (2, column, shown)
    assert reason in problem.reason


def test_numbers_of_the_state_have_to_go_together(shop, checked):
    wanted = checked(table({"email": "a@shop.example", "first_name": "A", "pan": "ABCPK1234L", "gstin": GSTIN}))
    assert "another PAN" in queries.rows(wanted.id, Outcome.PROBLEM)[0].reason


def test_a_file_disables_and_enables_and_undo_turns_it_back(ben, imported):
    wanted = imported(table({"email": cast.BEN.email, "status": "disabled"}))
    db.session.refresh(ben)
    assert ben.status is CustomerStatus.DISABLED
    imported(table({"email": cast.BEN.email, "status": "enabled"}))
    db.session.refresh(ben)
    assert ben.status is CustomerStatus.NO_ACCOUNT
    undone = undo(wanted)
    assert [row.line for row in jobs.problems(undone.id).rows] == [2]


def test_who_may_not_approve_brings_applications(ben, imported, outbox):
    rows = ({"email": "new@shop.example", "first_name": "New"}, {"email": cast.BEN.email, "first_name": ""})
    wanted = imported(table(*(row | {"customer_group": "Trade"} for row in rows)), may=uploading.NOTHING_MORE)
    assert wanted.counts == {"new": 1, "change": 1}
    for email in ("new@shop.example", cast.BEN.email):
        who = customers.by_email(email)
        assert groups.preferred_group(who.id).is_default
        assert groups.open_application(who.id).group.name == "Trade"
    assert outbox() == []
    undone = undo(wanted)
    assert jobs.problems(undone.id).rows == []
    assert groups.open_application(ben.id) is None
    assert customers.by_email("new@shop.example") is None


def test_who_may_not_set_credit_is_refused_it(shop, checked):
    row = {"email": "a@shop.example", "first_name": "A", "allow_credit_sale": "yes"}
    wanted = checked(table(row), may=uploading.NOTHING_MORE)
    assert "selling on credit" in queries.rows(wanted.id, Outcome.PROBLEM)[0].reason


def test_nobody_whose_application_waits_is_regrouped(shop, checked):
    waiting = cast.applicant(cast.ANN, shop)
    db.session.commit()
    wanted = checked(table({"email": waiting.customer.email, "customer_group": "Trade"}))
    assert "application" in queries.rows(wanted.id, Outcome.PROBLEM)[0].reason


def test_consent_on_record_begins_with_a_file_and_ends_with_its_undo(ben, imported):
    row = {"email": cast.BEN.email, "consent_at": "2024-03-01", "consent_source": "Fair"}
    wanted = imported(table(row))
    assert wanted.counts == {"change": 1}
    assert newsletter.state_of(cast.BEN.email) is SubscriptionState.ACTIVE
    undo(wanted)
    assert newsletter.state_of(cast.BEN.email) is SubscriptionState.UNSUBSCRIBED
    assert imported(table(row)).counts == {"same": 1}


def test_parts_of_an_address_that_a_file_leaves_empty_stay(ben, imported):
    first = {"email": cast.BEN.email, "address_1": "1 MG Road", "city": "Pune", "postcode": "411001", "country": "IN"}
    imported(table(first | {"gate_code": "4711"}))
    imported(table({"email": cast.BEN.email, "address_1": "9 MG Road"}))
    address = db.session.scalars(sa.select(Address).where(Address.customer_id == ben.id)).one()
    assert (address.address_1, address.city, opened(address.gate_code)) == ("9 MG Road", "Pune", "4711")


def test_one_address_alone_serves_for_bills_and_deliveries(shop, imported):
    imported(table({"email": "a@shop.example", "first_name": "A", "billing_address_1": "2 FC Road"}))
    address = db.session.scalars(sa.select(Address)).one()
    assert (address.is_billing, address.is_delivery, address.recipient) == (True, True, "A")


def test_tags_are_those_that_are_known_already_whatever_their_case(shop, imported):
    tag = cast.tag("Wholesale")
    imported(table({"email": "a@shop.example", "first_name": "A", "tags": "wholesale"}))
    assert [one.id for one in custom_queries.tags_of(customers.by_email("a@shop.example").id)] == [tag.id]


def test_a_row_that_a_verb_refuses_is_named_and_the_others_go_on(ben, checked, monkeypatch):
    def refuse(*_args, **_how):
        raise tags.TagNotTaken("No more tags")

    ivy = cast.customer(cast.IVY, with_account=False)
    rows = [{"email": who.email, "remarks": "seen", "tags": word} for who, word in ((ben, "One"), (ivy, ""))]
    wanted = checked(table(*rows))
    monkeypatch.setattr(tags, "replace", refuse)
    job = uploading.begin(wanted, by=OTTO, may=uploading.May(may_approve=True, may_set_credit=True))
    db.session.commit()
    advance_due()
    db.session.expire_all()
    assert [(row.line, row.reason) for row in jobs.problems(job.id).rows] == [(2, "No more tags")]
    assert {one.remarks for one in db.session.scalars(sa.select(Customer))} == {"seen"}
    [row] = [row for row in queries.rows(wanted.id, Outcome.CHANGE) if row.line == 2]
    assert "more" not in json.loads(row.before)


def test_who_is_new_is_written_to_in_the_first_language_of_the_shop(app, imported, shop_wants):
    shop_wants(shop_locales=("de", "en"))
    imported(table({"first_name": "A", "email": "a@shop.example", "password_hash": HASH}))
    found = customers.by_email("a@shop.example")
    assert (found.locale, found.account.locale) == ("de", "de")
