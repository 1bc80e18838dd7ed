"""Duplicates: found one by one through indexes, dismissed for good, and never among strangers."""

import pytest
import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.customers.models import Address, DuplicatePair, Origin, Telephone
from portal.customers.rules import duplicates as rules
from portal.customers.service import duplicates, profile
from portal.customers.service.addresses import Entry, add_address
from portal.customers.service.profile import Details
from portal.foundation import database
from portal.foundation.database import db
from tests.work import measured


def customer(first_name, last_name, **more):
    postcode = more.pop("postcode", "")
    with database.transaction():
        details = Details(first_name=first_name, last_name=last_name, **{"email": "", "telephone": "", **more})
        row = profile.add_customer(details, by=OPERATOR, through=Origin.STAFF)
        if postcode:
            address = Address(customer_id=row.id, recipient="x", address_1="1", country="IN", postcode=postcode)
            db.session.add(address)
    return row


def pairs():
    """Who was found to look like whom, and why."""
    while duplicates.find_some():
        pass
    db.session.expire_all()
    found = db.session.scalars(sa.select(DuplicatePair).order_by(DuplicatePair.id)).all()
    return {(pair.first_id, pair.second_id): set(pair.reasons) for pair in found if pair.dismissed_at is None}


def test_the_same_telephone_makes_a_pair(app):
    one = customer("Asha", "Rao", telephone="+91 98765 43210")
    other = customer("Bela", "Nair", telephone="098765 43210")
    assert pairs() == {(one.id, other.id): {"telephone"}}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("asha.rao@gmail.com", "asharao@gmail.com"),
        ("asharao+shop@gmail.com", "a.s.h.a.rao@googlemail.com"),
        ("asha@demo.example", "asha+news@demo.example"),
    ],
)
def test_one_mailbox_behind_two_addresses_makes_a_pair(app, one, other):
    first, second = customer("Asha", "Rao", email=one), customer("Bela", "Nair", email=other)
    assert pairs() == {(first.id, second.id): {"mailbox"}}


def test_dots_count_where_they_are_not_air(app):
    customer("Asha", "Rao", email="as.ha@demo.example")
    customer("Bela", "Nair", email="asha@demo.example")
    assert pairs() == {}


def test_a_name_and_a_postcode_make_a_pair_a_misspelt_one_too(app):
    one = customer("Katherine", "Fernandez", email="k@demo.example", postcode="411 001")
    other = customer("Katharine", "Fernandes", email="kf@demo.example", postcode="411001")
    assert pairs() == {(one.id, other.id): {"name-and-postcode", "similar-name"}}


def test_names_in_either_order_are_one(app):
    one = customer("Rao", "Asha", email="r@demo.example")
    other = customer("Asha", "Rao", email="a@demo.example")
    assert pairs() == {(one.id, other.id): {"same-name"}}


def test_strangers_are_none(app):
    customer("Asha", "Rao", email="a@demo.example", telephone="+91 98765 43210", postcode="411001")
    customer("Bela", "Nair", email="b@demo.example", telephone="+91 98765 43211", postcode="411001")
    assert pairs() == {}


def test_a_name_that_many_have_says_nothing_but_with_a_postcode_it_does(app):
    many = [customer("Anil", "Kumar", email=f"anil{n}@demo.example") for n in range(9)]
    near = [customer("Anil", "Kumar", email=f"near{n}@demo.example", postcode="560001") for n in range(2)]
    found = pairs()
    assert found[near[0].id, near[1].id] >= {"name-and-postcode"}
    late = [pair for pair in found if pair[1] > many[6].id and pair != (near[0].id, near[1].id)]
    assert late == []


def test_a_telephone_of_a_whole_firm_makes_no_pairs(app):
    for number in range(duplicates.MOST_ALIKE + 5):
        customer(f"N{number}", f"{chr(97 + number)}x", telephone="+91 20 2555 1234")
    found = pairs()
    assert len(found) <= duplicates.MOST_ALIKE * (duplicates.MOST_ALIKE + 1) / 2


def test_a_change_finds_a_new_pair(app):
    one = customer("Asha", "Rao", telephone="+91 98765 43210")
    other = customer("Bela", "Nair", telephone="+91 98765 00000")
    assert pairs() == {}
    with database.transaction():
        profile.update_profile(other, version=other.version, by=OPERATOR, telephone="+91 98765 43210")
    assert pairs() == {(one.id, other.id): {"telephone"}}


def test_who_is_changed_while_they_are_compared_is_compared_once_more(app, monkeypatch):
    one = customer("Asha", "Rao", telephone="+91 98765 43210")
    other = customer("Bela", "Nair", telephone="+91 98765 00000")
    assert pairs() == {}
    with database.transaction():
        profile.update_profile(other, version=other.version, by=OPERATOR, first_name="Bella")
    like = duplicates.like

    def changed_meanwhile(looks, *, besides):
        found = like(looks, besides=besides)
        monkeypatch.undo()
        with db.engine.begin() as connection:  # somebody else; no lock is in their way
            values = {"typed": "+91 98765 43210", "e164": "+919876543210"}
            connection.execute(sa.update(Telephone).where(Telephone.customer_id == other.id).values(values))
        return found

    monkeypatch.setattr(duplicates, "like", changed_meanwhile)
    assert pairs() == {(one.id, other.id): {"telephone"}}


def test_an_address_finds_one_too(app):
    one = customer("Asha", "Rao", email="a@demo.example", postcode="411001")
    other = customer("Asha", "Rao", email="b@demo.example")
    assert pairs() == {(one.id, other.id): {"same-name"}}
    with database.transaction():
        add_address(other, Entry(recipient="x", country="IN", address_1="1", postcode="411001"), by=OPERATOR)
    assert pairs() == {(one.id, other.id): {"same-name", "name-and-postcode"}}


def test_a_dismissed_pair_stays_away(app):
    customer("Asha", "Rao", telephone="+91 98765 43210")
    other = customer("Bela", "Nair", telephone="+91 98765 43210")
    pairs()
    with database.transaction():
        duplicates.dismiss(db.session.scalars(sa.select(DuplicatePair)).one(), by=OPERATOR)
    with database.transaction():
        profile.update_profile(other, version=other.version, by=OPERATOR, first_name="Bella")
    assert pairs() == {}
    assert duplicates.count_waiting() == 0


def test_to_compare_one_more_costs_the_same_however_many_there_are(app):
    def cost():
        customer("Asha", "Rao", telephone="+91 98765 43210", email=f"x{cost.n}@demo.example")
        cost.n += 1
        with measured() as work:
            while duplicates.find_some():
                pass
        return len(work.statements)

    cost.n = 0
    cost()
    few = cost()
    for number in range(30):
        customer(f"Name{number}", f"Other{number}", email=f"n{number}@demo.example")
    pairs()
    assert cost() <= few + 4


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("rao asha", "asha rao", True),
        ("fernandez katherine", "fernandes katharine", True),
        ("rao asha", "nair bela", False),
    ],
)
def test_how_alike_two_names_are(one, other, alike):
    assert (rules.likeness(one, other) >= rules.ALIKE) is alike
