"""What several tests of accounts use."""

import pytest

from tests import cast
from tests.accounts.recovering import ask


@pytest.fixture
def ann(app):
    """Ann, who has an account with a question."""
    return cast.customer(cast.ANN)


@pytest.fixture
def link(ann, browsers, mailbox):
    """A link of a recovery in Ann's mailbox."""
    return ask(browsers(), mailbox)
