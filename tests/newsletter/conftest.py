"""What tests of campaigns that are sent begin with."""

import pytest

from portal.foundation.database import db
from portal.newsletter.sending.ledger import Ledger


@pytest.fixture
def ledgers(app):
    """Call it with the name of a worker for a ledger of its own."""
    made = []

    def ledger(worker, lease=300):
        db.session.commit()
        made.append(Ledger(db.engine, worker, lease))
        made[-1].connect()
        return made[-1]

    yield ledger
    for one in made:
        one.close()
