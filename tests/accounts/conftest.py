"""What several tests of accounts use."""

import pytest

from tests import cast
from tests.accounts.authenticator import Authenticator
from tests.accounts.passkeying import add, enter
from tests.accounts.recovering import ask
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
def device(ann, browsers):
    """Ann's device, which has made a passkey for her account and verifies its owner."""
    browser = browsers()
    enter(browser, cast.ANN)
    device = Authenticator()
    assert add(browser, device, name="Ann’s phone").status_code == 200
    return device
