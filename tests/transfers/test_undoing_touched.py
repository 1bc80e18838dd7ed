"""What somebody did to a customer after a file came in outlasts the file being taken back, or written late."""

import pytest
import sqlalchemy as sa

from portal.audit.models import ActorKind
from portal.audit.service import OPERATOR, Actor
from portal.backoffice import job_kinds
from portal.customers import custom_queries
from portal.customers import queries as customers
from portal.customers.models import Customer
from portal.customers.service import addresses, erasure, invitations, photos, tags
from portal.customers.service.addresses import Entry
from portal.foundation import database
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.groups.models import Approval
from portal.groups.service import applications, memberships
from portal.jobs import queries as jobs
from portal.jobs import service as job_service
from portal.jobs.models import Job
from portal.jobs.service import advance_due, running
from portal.newsletter import queries as newsletter
from portal.newsletter.models import Audience, SubscriptionState
from portal.newsletter.service import consent
from portal.newsletter.service.consent import Proof
from portal.transfers.models import Import, ImportRow, Stage
from portal.transfers.service import staging, uploading
from tests import cast
from tests.cast import BEN
from tests.transfers.conftest import EVERYTHING, OTTO
from tests.transfers.test_belongings import table

NORA = {"email": "n@shop.example", "first_name": "Nora"}
IN_PUNE = {"address_1": "1 MG Road", "city": "Pune", "postcode": "411001", "country": "IN", "state": "Maharashtra"}


def entry(street):
    return Entry(recipient="Ben", country="IN", address_1=street, city="Pune", postcode="411001", state="Maharashtra")


def undone(wanted):
    """Take an import back; the job that did."""
    job = uploading.undo(db.session.get_one(Job, wanted.job_id), OTTO)
    db.session.commit()
    advance_due()
    db.session.expire_all()
    return job


def streets(customer):
    return [row.address_1 for row in customers.addresses(customer.id)]


def tags_of(customer):
    return [tag.name for tag in custom_queries.tags_of(customer.id)]


def lived_at(customer, street, *marked):
    with database.transaction():
        addresses.add_address(customer, entry(street), by=OPERATOR)
        for tag in marked:
            tags.add(customer, tag, by=OPERATOR)


def moved_to(customer, street):
    with database.transaction():
        [known] = customers.addresses(customer.id)
        addresses.change_address(customer, known.id, entry(street), version=known.version, by=OPERATOR)


def gets_an_address(nora):
    addresses.add_address(nora, entry("5 Lake"), by=OPERATOR)


def gets_a_tag(nora):
    tags.add(nora, "VIP", by=OPERATOR)


def gets_other_terms(nora):
    applications.set_group(nora, cast.group("Gold", Approval.NONE).id, by=OPERATOR)


def joins_a_group(nora):
    gold = cast.group("Gold", Approval.NONE)
    memberships.join_freely(nora, gold.id, by=Actor(ActorKind.CUSTOMER, None, "Nora"))


def gets_a_photo(nora):
    photos.set_photo(nora, [b"large", b"small"], by=OPERATOR)


def is_invited(nora):
    invitations.invite(nora, OPERATOR)


@pytest.mark.parametrize(
    "touch", [gets_an_address, gets_a_tag, gets_other_terms, joins_a_group, gets_a_photo, is_invited]
)
def test_somebody_new_whom_anybody_did_something_for_stays(app, imported, touch):
    wanted = imported(table(NORA))
    with database.transaction():
        touch(customers.by_email(NORA["email"]))
    job = undone(wanted)
    assert customers.by_email(NORA["email"]) is not None
    assert [row.line for row in jobs.problems(job.id).rows] == [2]


def test_a_newer_address_and_newer_tags_are_not_undone(app, imported):
    ben = cast.customer(BEN, with_account=False)
    lived_at(ben, "0 Old", "Old")
    wanted = imported(table({"email": BEN.email, **IN_PUNE, "tags": "Old, File"}))
    assert streets(ben) == ["1 MG Road"]
    moved_to(ben, "9 Newest")
    with database.transaction():
        tags.add(ben, "Later", by=OPERATOR)
    job = undone(wanted)
    assert (streets(ben), tags_of(ben)) == (["9 Newest"], ["File", "Later", "Old"])
    assert [row.line for row in jobs.problems(job.id).rows] == [2]


def test_what_changed_between_check_and_import_is_not_overwritten(app, checked, begun):
    ben = cast.customer(BEN, with_account=False)
    lived_at(ben, "0 Old")
    wanted = checked(table({"email": BEN.email, **IN_PUNE, "tags": "File"}))
    moved_to(ben, "9 Newest")
    with database.transaction():
        tags.add(ben, "Later", by=OPERATOR)
    begun(wanted)
    assert (streets(ben), tags_of(ben)) == (["9 Newest"], ["Later"])
    assert [row.line for row in jobs.problems(wanted.job_id).rows] == [2]


def test_a_newsletter_that_somebody_joined_themselves_is_not_ended(app, imported):
    ben = cast.customer(BEN)
    wanted = imported(table({"email": BEN.email, "consent_at": "2024-03-01", "consent_source": "Fair"}))
    wine = Audience(name="Wine", slug="wine")
    db.session.add(wine)
    db.session.commit()
    default = newsletter.default_audience().id
    with database.transaction():
        mine = db.session.get_one(Customer, ben.id)
        consent.set_subscribed(mine, {default, wine.id}, text="I agree", proof=Proof("1.2.3.4", "x"))
    undone(wanted)
    states = {row.audience_id: row.state for row in newsletter.of_email(BEN.email)}
    assert states == {default: SubscriptionState.UNSUBSCRIBED, wine.id: SubscriptionState.ACTIVE}


def test_an_application_that_the_customer_sent_since_goes_on_waiting(app, imported):
    trade, other = cast.group("Trade"), cast.group("Other")
    ben = cast.customer(BEN)
    wanted = imported(table({"email": BEN.email, "customer_group": "Trade"}), may=uploading.NOTHING_MORE)
    brought = groups.open_application(ben.id)
    assert brought.group_id == trade.id
    with database.transaction():
        applications.decline(brought.id, reason="no", by=OPERATOR)
    with database.transaction():
        mine = db.session.get_one(Customer, ben.id)
        applications.submit(mine, other.id, by=Actor(ActorKind.CUSTOMER, ben.account_id, "Ben"))
    undone(wanted)
    assert groups.open_application(ben.id).group_id == other.id


def test_the_application_that_the_import_brought_is_withdrawn(app, imported):
    cast.group("Trade")
    ben = cast.customer(BEN)
    wanted = imported(table({"email": BEN.email, "customer_group": "Trade"}), may=uploading.NOTHING_MORE)
    undone(wanted)
    assert groups.open_application(ben.id) is None


def test_who_a_file_disabled_is_enabled_again_and_still_waits_for_their_group(app, imported):
    ben = cast.customer(BEN)
    trade = cast.group("Trade", Approval.UPGRADE)
    with database.transaction():
        applications.submit(ben, trade.id, by=Actor(ActorKind.CUSTOMER, ben.account_id, "Ben"))
    wanted = imported(table({"email": BEN.email, "status": "disabled"}))
    db.session.refresh(ben)
    assert ben.disabled_at is not None
    undone(wanted)
    assert db.session.get_one(Customer, ben.id).disabled_at is None
    assert groups.open_application(ben.id) is not None


def test_an_import_that_wrote_nothing_has_nothing_to_undo(app, checked):
    wanted = checked(table(NORA))
    job = uploading.begin(wanted, by=OTTO, may=EVERYTHING)
    db.session.commit()
    job_service.cancel(job)
    db.session.commit()
    advance_due()
    assert not job_kinds.of(job).undo.fits(job)


def test_rows_that_a_stopped_import_never_wrote_are_neither_undone_nor_named(app, checked, monkeypatch):
    ben = cast.customer(BEN, with_account=False)
    monkeypatch.setattr(staging, "batch", lambda: 1)
    wanted = checked(
        table(NORA, {"email": BEN.email, "first_name": "Benny", "tags": "File"}, {**NORA, "email": "o@x.example"})
    )
    job = uploading.begin(wanted, by=OTTO, may=EVERYTHING)
    db.session.commit()
    claimed = running.claim()
    running._advance(claimed)
    job_service.cancel(db.session.get_one(Job, job.id))
    db.session.commit()
    advance_due()
    written = db.session.scalar(sa.select(sa.func.count(Customer.id))) - 1 + (ben.first_name == "Benny")
    assert written == 1
    with database.transaction():
        tags.add(db.session.get_one(Customer, ben.id), "Later", by=OPERATOR) if ben.first_name == "Ben" else None
    undo = undone(wanted)
    assert jobs.problems(undo.id).rows == []
    assert sum(undo.result.values()) == 1
    assert db.session.get_one(Import, wanted.id).stage is Stage.UNDONE


@pytest.mark.parametrize(
    "row",
    [
        {"customer_number": "OTHER-1", "email": BEN.email},  # another customer has the address
        {"email": "not an address", "first_name": "Ben", "last_name": "Brontë"},
        {"email": "not an address", "telephone": BEN.telephone},
    ],
)
def test_erasing_somebody_takes_them_out_of_refused_rows(app, checked, row):
    ben = cast.customer(BEN)
    stranger = {"email": "nor this one", "first_name": "Bea", "last_name": "Brontë"}
    wanted = checked(table({**row, "pan": "ABCPE1234F"}, stranger))
    assert wanted.counts == {"problem": 2}
    with database.transaction():
        erasure.erase(ben, by=OPERATOR, reason="asked")
    [left] = db.session.scalars(sa.select(ImportRow))
    assert "Bea" in left.raw
