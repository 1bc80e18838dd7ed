"""What several tests of accounts use."""

import pytest

from tests import cast
from tests.accounts.recovering import ask
from tests.accounts.test_sessions import sign_in
from tests.storefront.conftest import at_once

__all__ = ["at_once"]


@pytest.fixture
def ann(app):
    """Ann, who has an account with a question."""
    return cast.customer(cast.ANN)


@pytest.fixture
def link(ann, browsers, mailbox):
    """A link of a recovery in Ann's mailbox."""
    return ask(browsers(), mailbox)


@pytest.fixture
def signed_in(browser, ann):
    """Ann, signed in this moment."""
    sign_in(browser)
    return browser
