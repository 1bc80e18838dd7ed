"""What several tests of accounts use."""

import pytest

from tests import cast
from tests.accounts.apps import app_of, the_account
from tests.accounts.authenticator import Authenticator
from tests.accounts.passkeying import add, enter
from tests.accounts.recovering import ask
from tests.accounts.test_sessions import sign_in


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


@pytest.fixture
def phone(ann, clock):
    """Ann's app; time stands still."""
    return app_of(the_account(cast.ANN.email))


@pytest.fixture
def half_way(browser, phone):
    """A browser after the right password."""
    answer = sign_in(browser)
    assert (answer.status_code, answer.location) == (303, "/sign-in/second-step")
    browser.open("/sign-in/second-step")
    return browser


@pytest.fixture
def signed_in(browser, ann):
    """Ann, signed in this moment."""
    sign_in(browser)
    return browser
