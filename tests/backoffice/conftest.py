"""Who is at the help desk, and who calls; files about other pages have people of their own."""

from collections.abc import Callable

import pytest
from flask import Flask

from portal.customers.models import Customer
from tests import cast
from tests.backoffice.calling import enter
from tests.browsing import Browser


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
