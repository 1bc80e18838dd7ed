"""One box finds a customer by whatever is at hand, exact hits first, and pages reach everybody once."""

import pytest
import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.customers import queries
from portal.customers.models import Customer, CustomerStatus
from portal.customers.rules import numbers
from portal.customers.service import profile
from portal.customers.service.profile import Details
from portal.foundation.database import db


def come():
    """Some people with names, addresses and telephones that are easily mixed up."""
    rows = [
        Details(first_name="Zoë", last_name="Brontë", email="zoe@demo.example", telephone="98765 43210"),
        Details(first_name="Bronte", last_name="Zoellner", email="b.z@demo.example", telephone="+44 7700 900123"),
        Details(first_name="李", last_name="小龍", email="lee@demo.example", telephone="+852 2123 4567"),
        Details(first_name="मीना", last_name="कुमारी", telephone="022 2345 6789"),
        Details(first_name="D’Arcy", last_name="O'Neill-Łódź", email="darcy_100%@demo.example", number="VIP-7"),
        Details(first_name="فاطمة", last_name="الزهراء", email="fatima@demo.example"),
    ]
    return [profile.add_customer(row, by=OPERATOR) for row in rows]


@pytest.fixture
def people(app):
    """Them, for tests that store something."""
    made = come()
    db.session.commit()
    return made


@pytest.fixture
def seen_people(only_read):
    """Them, for tests that only look."""
    only_read(come)


def names(term, **more):
    return [customer.first_name for customer in queries.find(term, **more).rows]


@pytest.mark.parametrize(
    ("term", "who"),
    [
        ("zoe bronte", "Zoë"),
        ("BRONTË ZOË", "Zoë"),
        ("zoe@demo.example", "Zoë"),
        ("oe@demo.ex", "Zoë"),
        ("zoe@demo bronte", "Zoë"),
        ("z@demo", "Bronte"),
        ("ZOE@DEMO.EXAMPLE", "Zoë"),
        ("098765 43210", "Zoë"),
        ("(0)98765-43210", "Zoë"),
        ("+91 98765 43210", "Zoë"),
        ("0091 98765 43210", "Zoë"),
        ("43210", "Zoë"),
        ("９８７６５", "Zoë"),
        ("07700 900123", "Bronte"),
        ("+447700900123", "Bronte"),
        ("2123 4567", "李"),
        ("022 2345", "मीना"),
        ("李", "李"),
        ("小龍 李", "李"),
        ("कुमारी", "मीना"),
        ("vip-7", "D’Arcy"),
        ("lodz", "D’Arcy"),
        ("neill", "D’Arcy"),
        ("100%", "D’Arcy"),
        ("الزهراء", "فاطمة"),
    ],
)
def test_one_box_finds(seen_people, term, who):
    assert who in names(term)


def test_the_number_is_found_as_it_is_read_aloud(people):
    number = people[0].number
    assert names(number) == names(numbers.shown(number)) == ["Zoë"]


@pytest.mark.parametrize(
    "term",
    [
        *("nobody", "%%%", "___", "zoe nobody", "'; drop table customer; --", "99999999"),
        *("zoe@other.example", "zoe@demo.examples", "zoe@@demo"),
    ],
)
def test_what_fits_nobody_finds_nobody(people, term):
    assert names(term) == []


def test_a_long_word_is_found_whole_and_not_by_its_pieces(people):
    profile.add_customer(Details(first_name="Abcd", last_name="Xcdefgh", email="whole@demo.example"), by=OPERATOR)
    profile.add_customer(Details(first_name="Xabcdefghx", last_name="One", email="pieces@demo.example"), by=OPERATOR)
    assert names("abcdefgh") == ["Xabcdefghx"]
    assert names("fghijk@demo.example abcdefgh") == []


def test_two_letters_find_the_beginnings_of_words_only(people):
    assert names("zo", sort="number") == ["Zoë", "Bronte"]
    assert names("ro") == []


def test_the_exact_hit_stands_before_the_others_and_once(people):
    profile.add_customer(Details(first_name="Later", last_name="One", email="xzoe@demo.example"), by=OPERATOR)
    assert names("zoe@demo.example") == ["Zoë", "Later"]


def test_conditions_from_above_narrow_exact_and_loose_hits(people):
    condition = Customer.status == CustomerStatus.DISABLED
    found = queries.find("zoe@demo.example", condition)
    assert (found.rows, found.count) == ([], 0)


def gather():
    """Sixty-one people of whom many came at the same moment and share a name."""
    rows = [Details(first_name=f"N{n % 5}", last_name="Same", email=f"n{n}@demo.example") for n in range(61)]
    made = [profile.add_customer(row, by=OPERATOR) for row in rows]
    for number, customer in enumerate(made):
        customer.created_at = made[number // 7].created_at


@pytest.fixture
def crowd(only_read):
    """Their ids, in order."""
    only_read(gather)
    return db.session.scalars(sa.select(Customer.id).order_by(Customer.id)).all()


@pytest.mark.parametrize("sort", ["created", "-created", "name", "-name", "number", "-number"])
@pytest.mark.parametrize("term", ["", "same"])
def test_pages_there_and_back_show_everybody_once(crowd, sort, term):
    pages = [queries.find(term, sort=sort, size=7)]
    while pages[-1].page.after:
        pages.append(queries.find(term, sort=sort, size=7, after=pages[-1].page.after))
    there = [[customer.id for customer in found.rows] for found in pages]
    assert sorted(row for page in there for row in page) == crowd
    found, back = pages[-1], [there[-1]]
    while found.page.before:
        found = queries.find(term, sort=sort, size=7, before=found.page.before)
        back.insert(0, [customer.id for customer in found.rows])
    assert back == there
    assert all(found.count == 61 for found in pages)
