"""The demo shop: believable, whole, the same every time, and never in production."""

import stat
from dataclasses import replace

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, Registration
from portal.audit import verifying
from portal.audit.models import AuditEntry
from portal.cli.demo import bulk
from portal.customers import queries
from portal.customers.models import Address, Customer, CustomerStatus, Telephone
from portal.customers.rules import addresses, numbers, telephones
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.groups.models import CustomerGroup, Membership
from portal.newsletter.models import ConsentEvent, Delivery, DeliveryChunk, DeliveryState, Subscription
from portal.staff.models import StaffMember
from portal.stores.models import Store


@pytest.fixture
def load(app):
    """The command, as at a shell."""
    return lambda *options: app.test_cli_runner().invoke(args=["demo", "load", *options])


@pytest.fixture
def instance(app):
    """The folder of the instance, without a password kept from another test."""
    folder = app.extensions["portal.settings"].instance
    (folder / "demo-password").unlink(missing_ok=True)
    return folder


def count(table):
    return db.session.scalar(sa.select(sa.func.count()).select_from(table))


def test_the_demo_shop_has_all_that_a_shop_has(load, instance):
    told = load("--customers", "300")
    assert told.exit_code == 0, told.output
    assert "Loaded 300 customers." in told.output
    assert count(Customer) == 301
    assert count(CustomerGroup) == 4
    assert count(Store) == 3
    assert count(StaffMember) == 4
    assert count(Registration) == 6
    assert groups.count_waiting() > 2
    assert count(Subscription) > 50
    assert count(ConsentEvent) >= 2 * count(Subscription)
    assert set(db.session.scalars(sa.select(Customer.status))) == set(CustomerStatus) - {CustomerStatus.CLOSING}
    was_sent = sa.select(sa.func.count()).select_from(Delivery).where(Delivery.state == DeliveryState.ACCEPTED)
    assert db.session.scalar(sa.select(sa.func.sum(DeliveryChunk.accepted))) == db.session.scalar(was_sent) > 50
    preferred = sa.select(sa.func.count()).select_from(Membership).where(Membership.is_preferred)
    assert db.session.scalar(preferred) == 301


def test_the_audit_log_of_a_demo_shop_is_whole(load, instance):
    for many in ("30", "20"):
        assert load("--customers", many).exit_code == 0
    report = verifying.verify()
    assert (report.faults, report.entries) == ([], count(AuditEntry))
    assert report.entries > 50


def test_numbers_telephones_and_addresses_are_right(app, load, instance):
    load("--customers", "400")
    assert all(numbers.is_right(number) for number in db.session.scalars(sa.select(Customer.number)))
    for typed, e164 in db.session.execute(sa.select(Telephone.typed, Telephone.e164)):
        assert telephones.to_e164(typed, "IN") == e164
    with app.test_request_context():
        for address in db.session.scalars(sa.select(Address)):
            values = {part: getattr(address, part) for part in addresses.PARTS}
            assert addresses.check(address.country, values) == {}
            assert addresses.tidy(address.country, values) == values


def test_everybody_signs_in_with_the_password_that_is_printed(load, instance, browser):
    told = load("--customers", "20")
    kept = instance / "demo-password"
    password = kept.read_text().strip()
    assert f"demo password: {password}" in told.output
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    browser.open("/sign-in")
    browser.send(email="ann@demo.example", password=password)
    assert browser.path == "/account"
    browser.open("/staff/sign-in")
    browser.send(email="clerk@demo.example", password=password)
    assert browser.path == "/staff"
    assert len(set(db.session.scalars(sa.select(Account.password_hash)))) == 1


def test_a_shop_with_customers_is_left_alone_when_asked_to(load, instance):
    load("--customers", "20")
    before = (instance / "demo-password").read_text()
    assert load("--if-empty").exit_code == 0
    assert count(Customer) == 21
    assert (instance / "demo-password").read_text() == before


def test_more_people_can_come_later(load, instance):
    load("--customers", "30")
    assert load("--customers", "30").exit_code == 0
    assert count(Customer) == 61


def test_a_big_demo_shop_has_the_indexes_of_a_small_one(load, instance, monkeypatch):
    def indexes():
        looked = sa.inspect(db.session.connection())
        tables = looked.get_table_names()
        return {table: sorted(one["name"] for one in looked.get_indexes(table)) for table in tables}

    monkeypatch.setattr(bulk, "MANY", 10)
    dropped = []
    plain = bulk._dropped
    monkeypatch.setattr(bulk, "_dropped", lambda *words: dropped.extend(plain(*words)) or list(dropped))
    before = indexes()
    assert load("--customers", "30").exit_code == 0
    assert len(dropped) > 20
    assert indexes() == before
    assert queries.find(db.session.scalar(sa.select(Customer.last_name).limit(1))).count > 0


def test_the_same_people_come_every_time():
    from portal.cli.demo.people import people

    assert list(people(50, 0)) == list(people(50, 0))


def test_production_refuses(load, app, monkeypatch):
    own = replace(app.extensions["portal.settings"], env="production")
    monkeypatch.setitem(app.extensions, "portal.settings", own)
    told = load()
    assert told.exit_code != 0
    assert count(Customer) == 0
