"""The list with filters: the same people in the same order as one plain query finds, whichever way it goes about it."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, Realm
from portal.audit.service import OPERATOR
from portal.customers import queries
from portal.customers.models import Customer, CustomerStatus, Origin, customer_store
from portal.customers.queries import far, finding
from portal.customers.service import merging
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.newsletter import queries as newsletter
from portal.newsletter.models import Subscription, SubscriptionState
from tests import cast

MANY = 240
SIZE = 40
BEGAN = datetime(2024, 1, 1, 9, tzinfo=UTC)
MIDDLE = BEGAN + timedelta(days=MANY // 2)
SORTS = ("-created", "name", "-number", "created", "-name", "number")


def someone(n, chance):
    """Somebody who came on a day of the year; the first sixty are the second group's."""
    email = f"{n}@demo.example"
    return {
        "number": f"P-{n:03}",
        "first_name": "Asha",
        "last_name": "Rao",
        "email": email,
        "email_key": email,
        "telephone_count": 0,
        "status": chance.choice([CustomerStatus.ENABLED, CustomerStatus.DISABLED]),
        "country": chance.choice(["IN", "AE"]),
        "group_id": 2 if n < 60 else 1,
        "has_open_application": chance.random() < 0.3,
        "sort_name": chance.choice(["rao asha", "kulkarni ravi", "nair meera"]),
        "created_at": BEGAN + timedelta(days=n),
        "created_through": Origin.DEMO,
        "erased_at": BEGAN if n % 50 == 7 else None,
    }


def crowd():
    """Two hundred and forty people, of whom some signed in since, and some before there was a record of them."""
    chance = random.Random(7)
    people = [someone(n, chance) for n in range(MANY)]
    accounts = [
        {"realm": Realm.CUSTOMER, "password_hash": "x", "email": one["email"], "email_key": one["email_key"]}
        | {"last_sign_in_at": one["created_at"] + timedelta(days=chance.choice([0, 1, 40, 150]))}
        for one in people[::2]
    ]
    db.session.execute(sa.insert(Account), accounts)
    ids = dict(db.session.execute(sa.select(Account.email_key, Account.id)).tuples().all())
    db.session.execute(sa.insert(Customer), [one | {"account_id": ids.get(one["email_key"])} for one in people])
    older = sa.update(Customer).where(Customer.number.in_(["P-010", "P-100", "P-200"]))
    db.session.execute(older.values(created_at=BEGAN + timedelta(days=300)))
    customers = db.session.scalars(sa.select(Customer.id).order_by(Customer.id)).all()
    db.session.execute(sa.insert(customer_store), [{"customer_id": one, "store_id": 1} for one in customers[::3]])
    for first, state in enumerate((SubscriptionState.ACTIVE, SubscriptionState.PENDING)):
        readers = [{"email": one["email"], "email_key": one["email_key"]} for one in people[first::5]]
        insert = sa.insert(Subscription).values(audience_id=newsletter.default_audience().id, state=state)
        db.session.execute(insert, readers)


FILTERS = {
    "status": lambda: Customer.status == CustomerStatus.DISABLED,
    "group": lambda: groups.in_group(2),
    "country": lambda: Customer.country == "AE",
    "waiting": groups.has_open_application,
    "store": lambda: queries.of_store(1),
    "not subscribed": lambda: ~newsletter.subscribed(),
    "not confirmed": lambda: newsletter.state_is(SubscriptionState.PENDING),
    "never asked for": newsletter.is_unknown,
    "created from": lambda: Customer.created_at >= MIDDLE,
    "created to": lambda: Customer.created_at < MIDDLE,
    "signed in from": lambda: queries.signed_in(since=MIDDLE),
    "signed in to": lambda: queries.signed_in(before=MIDDLE),
}


@pytest.fixture
def shop(only_read):
    """The shop of the crowd."""
    return only_read(crowd)


@pytest.fixture
def walks(monkeypatch):
    """The list reads every page off an index, as it does where many fit."""
    monkeypatch.setattr(finding, "FEW", 0)
    monkeypatch.setattr(finding, "READ", 0)
    monkeypatch.setattr(finding, "COUNTED", 5)


def asked(*names):
    """What the list is asked for by filters."""
    return [FILTERS[name]() for name in names], MIDDLE if "signed in to" in names else None


def there_and_back(names, sort):
    """The ids on all pages one after the other, and those on the pages back from the last."""
    conditions, before = asked(*names)

    def page(**place):
        return queries.find("", *conditions, sort=sort, size=SIZE, signed_in_before=before, **place).page

    there = [page()]
    while there[-1].after:
        there.append(page(after=there[-1].after))
    back = [there[-1]]
    while back[0].before:
        back.insert(0, page(before=back[0].before))
    return [[row.id for one in way for row in one.rows] for way in (there, back)]


def plainly(names, sort):
    """The same from one query that knows of no way round."""
    key = {"created": Customer.created_at, "name": Customer.sort_name, "number": Customer.number}[sort.strip("-")]
    keys = [one.desc() if sort.startswith("-") else one.asc() for one in (key, Customer.id)]
    query = sa.select(Customer.id).where(queries.IS_THERE, *asked(*names)[0])
    return db.session.scalars(query.order_by(*keys)).all()


def same(names, sort):
    expected = plainly(names, sort)
    assert there_and_back(names, sort) == [expected, expected], (names, sort)
    return expected


@pytest.mark.parametrize("first", FILTERS)
def test_few_of_two_filters_are_the_same_in_every_order(shop, first):
    for place, other in enumerate(FILTERS):
        if other >= first:
            same((first, other), SORTS[place % len(SORTS)])


@pytest.mark.parametrize("first", FILTERS)
def test_many_of_two_filters_are_the_same_in_every_order(shop, walks, monkeypatch, first):
    monkeypatch.setattr(far, "ENOUGH", 0)
    for place, other in enumerate(FILTERS):
        if other >= first:
            same((first, other), SORTS[place % len(SORTS)])


@pytest.mark.parametrize("sort", SORTS)
def test_whose_sign_in_is_older_than_the_record_is_found_by_it(shop, walks, monkeypatch, sort):
    monkeypatch.setattr(far, "ENOUGH", 0)
    numbers = sa.select(Customer.number).where(Customer.id.in_(same(("signed in to",), sort)))
    assert "P-010" in set(db.session.scalars(numbers))


def test_an_order_that_begins_far_from_who_fits_shows_the_newest_first(shop, walks, monkeypatch):
    monkeypatch.setattr(far, "AHEAD", 30)
    far_away = queries.find("", FILTERS["created to"](), sort="-number", size=SIZE)
    assert not far_away.in_order
    expected = plainly(("created to",), "-created")
    assert there_and_back(("created to",), "-number") == [expected, expected]
    assert queries.find("", FILTERS["created to"](), sort="number", size=SIZE).in_order
    assert queries.find("", FILTERS["created to"](), sort="created", size=SIZE).in_order


def test_a_filter_with_an_index_in_every_order_is_never_far(shop, walks, monkeypatch):
    monkeypatch.setattr(far, "AHEAD", 30)
    assert queries.find("", FILTERS["group"](), sort="-number", size=SIZE).in_order
    same(("group",), "-number")


def is_marked(customer):
    db.session.flush()
    return db.session.scalar(sa.select(Customer.sign_in_is_older).where(Customer.id == customer.id))


def test_an_account_with_an_older_sign_in_marks_the_record_that_it_comes_to(app):
    ann, till = cast.customer(cast.ANN), cast.customer(cast.BEN, with_account=False)
    ann.account.last_sign_in_at = ann.created_at
    till.created_at = ann.created_at + timedelta(days=1)
    db.session.commit()
    assert not is_marked(ann)
    assert not is_marked(till)
    merging.merge(till, ann, taken=[], takes_account=True, by=OPERATOR)
    assert is_marked(till)
    db.session.execute(sa.update(Account).values(last_sign_in_at=till.created_at))
    assert not is_marked(till)
