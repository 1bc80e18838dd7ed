"""Customers to act on, and a look at one as stored."""

import pytest

from portal.customers.models import Customer
from portal.foundation.database import db
from tests import cast
from tests.cast import Person


@pytest.fixture
def people(app):
    """Ann, Ben and eleven others with accounts."""
    others = [Person(f"Nth{n:02}", "Nobody", f"nth{n}@demo.example") for n in range(11)]
    return [cast.customer(person).id for person in (cast.ANN, cast.BEN, *others)]


@pytest.fixture
def look(app):
    """A customer as stored now."""
    return lambda customer_id: db.session.get_one(Customer, customer_id, populate_existing=True)
