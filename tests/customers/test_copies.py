"""What the list filters by follows the tables that own it, whoever writes to them and however."""

import pytest
import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.customers import queries
from portal.customers.models import Address, Customer
from portal.customers.service import addresses
from portal.customers.service.addresses import Entry
from portal.foundation import search
from portal.foundation.database import db
from portal.groups import queries as groups
from portal.groups.models import Application, ApplicationState, Approval, Membership
from portal.groups.service import memberships
from tests import cast


@pytest.fixture
def ann(app):
    """Ann, in the default group."""
    return cast.customer(cast.ANN)


@pytest.fixture
def trade(app):
    """Another group."""
    return cast.group(approval=Approval.UPGRADE)


def copied(customer, name):
    """A copy as it is in the database now."""
    db.session.flush()
    return db.session.scalar(sa.select(getattr(Customer, name)).where(Customer.id == customer.id))


def test_the_group_is_the_one_whose_terms_count(ann, trade):
    assert copied(ann, "group_id") == groups.default_group().id
    memberships.join(ann, trade, by=OPERATOR)
    assert copied(ann, "group_id") == groups.default_group().id
    memberships.prefer(ann, trade, by=OPERATOR)
    assert copied(ann, "group_id") == trade.id
    db.session.execute(sa.delete(Membership))
    assert copied(ann, "group_id") is None


def test_a_membership_that_moves_to_somebody_else_leaves_nothing_behind(ann, trade):
    ben = cast.customer(cast.BEN)
    db.session.execute(sa.delete(Membership).where(Membership.customer_id == ben.id))
    assert copied(ben, "group_id") is None
    db.session.execute(sa.update(Membership).values(customer_id=ben.id))
    assert copied(ann, "group_id") is None
    assert copied(ben, "group_id") == groups.default_group().id


@pytest.mark.parametrize("state", list(ApplicationState))
def test_an_application_waits_while_it_is_open(ann, trade, state):
    row = Application(customer_id=ann.id, group_id=trade.id)
    db.session.add(row)
    assert copied(ann, "has_open_application")
    row.state = state
    assert copied(ann, "has_open_application") is row.is_open
    db.session.execute(sa.update(Application).values(state=ApplicationState.DECLINED))
    assert not copied(ann, "has_open_application")


def test_the_country_is_where_deliveries_go(ann):
    assert copied(ann, "country") == ""
    home = Entry(recipient="Ann", country="IN", address_1="1 MG Road")
    first = addresses.add_address(ann, home, by=OPERATOR)
    assert copied(ann, "country") == "IN"
    abroad = Entry(recipient="Ann", country="GB", address_1="4 Clerkenwell Green", is_delivery=True)
    second = addresses.add_address(ann, abroad, by=OPERATOR)
    assert copied(ann, "country") == "GB"
    addresses.remove_address(ann, second.id, by=OPERATOR)
    assert copied(ann, "country") == "IN"
    db.session.execute(sa.delete(Address).where(Address.id == first.id))
    assert copied(ann, "country") == ""


def test_countries_are_those_that_somebody_lives_in(app):
    for number, country in enumerate(("IN", "GB", "GB", "AE", "")):
        person = cast.customer(cast.Person(f"N{number}", "One", f"n{number}@demo.example"), with_account=False)
        person.country = country
    db.session.flush()
    assert queries.countries() == ["AE", "GB", "IN"]


def test_nothing_but_the_copy_changes(ann, trade):
    before = (ann.version, ann.search_text, ann.created_at)
    memberships.prefer(ann, trade, by=OPERATOR)
    db.session.flush()
    db.session.refresh(ann)
    assert (ann.version, ann.search_text, ann.created_at) == before


@pytest.mark.parametrize("term", ["adeyemi", "ad", "a", "ann adey"])
def test_the_text_is_found_as_it_is_now_and_not_as_it_was(ann, term):
    assert [row.id for row in queries.find(term).rows] == [ann.id]
    ann.search_text = search.indexed("Somebody Else")
    db.session.flush()
    assert queries.find(term).rows == []
    assert [row.id for row in queries.find("else somebody").rows] == [ann.id]
    db.session.execute(sa.delete(Customer).where(Customer.id == ann.id))
    assert queries.find("somebody").rows == []
