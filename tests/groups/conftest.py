"""Who decides and who waits, in the tests of groups."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.audit.models import ActorKind, AuditEntry
from portal.audit.service import Actor
from portal.foundation import database
from portal.foundation.database import db
from portal.foundation.errors import DomainError

CLARA = Actor(ActorKind.STAFF, 1, "Clara Clerk")
OTTO = Actor(ActorKind.STAFF, 9002, "Otto Owner")  # no member of a test has this number


@pytest.fixture
def trail(app: Flask) -> Callable[[], list[str]]:
    """The verbs of the audit log so far."""
    return lambda: list(db.session.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.id)))


@pytest.fixture
def at_once(app: Flask) -> Callable[..., list[Any]]:
    """Run calls at the same moment, each in a transaction and thread of its own; refusals are results, too."""

    def run(*calls: Callable[[], Any]) -> list[Any]:
        db.session.commit()
        results: list[Any] = [None] * len(calls)
        start = Barrier(len(calls))

        def one(place: int) -> None:
            with app.app_context():
                start.wait()
                try:
                    with database.transaction():
                        results[place] = calls[place]() or "done"
                except DomainError as refusal:
                    results[place] = refusal

        threads = [Thread(target=one, args=(place,)) for place in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        db.session.expire_all()
        return results

    return run
