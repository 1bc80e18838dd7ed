"""Who is at the help desk, and who calls; files about other pages have people of their own."""

from collections.abc import Callable

import pytest
from flask import Flask

from portal.customers.models import Customer
from portal.foundation.database import db
from tests import cast
from tests.backoffice.calling import enter
from tests.backoffice.campaigning import whole
from tests.backoffice.desk import at_desk
from tests.browsing import Browser
from tests.cast import Person
from tests.newsletter.campaigns import subscribe


@pytest.fixture
def ann(app: Flask) -> Customer:
    """Ann, with her question."""
    return cast.customer(cast.ANN)


@pytest.fixture
def clerk(browsers: Callable[[], Browser]) -> Browser:
    """Clara, signed in."""
    return enter(browsers(), cast.CLARA)


@pytest.fixture
def owner(browsers: Callable[[], Browser]) -> Browser:
    """Otto, signed in, who may verify callers as Clara may."""
    return enter(browsers(), cast.OTTO)


@pytest.fixture
def people(app):
    """Ann, Ben and eleven others with accounts."""
    others = [Person(f"Nth{n:02}", "Nobody", f"nth{n}@demo.example") for n in range(11)]
    return [cast.customer(person).id for person in (cast.ANN, cast.BEN, *others)]


@pytest.fixture
def look(app):
    """A customer as stored now."""
    return lambda customer_id: db.session.get_one(Customer, customer_id, populate_existing=True)


@pytest.fixture
def mark(browser):
    """Marketing at a browser."""
    return at_desk(browser, "marketing")


@pytest.fixture
def written(mark):
    """A whole campaign to three people."""
    subscribe(3)
    return whole(mark)
