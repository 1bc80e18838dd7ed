"""Leaving by one click, which is always answered well: what the database does not take now is kept on disk."""

import contextlib
import json
import logging
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from portal.config import settings
from portal.foundation import database, engines
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.newsletter.models import ConsentSource
from portal.newsletter.sending import spool
from portal.newsletter.service import consent, leaving
from portal.newsletter.service.ledger import Proof

# Milliseconds that are waited for a lock before the spool takes it.
PATIENCE = 2000  # of somebody at a page, which then shows that it is done
# Of a mailbox's program: beside a campaign that goes out as fast as it can the spool is sooner than SQLite's only
# writer, while on PostgreSQL only the row of that one person is waited for.
OF_PROGRAMS = {"sqlite": 20, "postgresql": 500}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Click:
    """Somebody's leaving as it was answered."""

    token: str
    source: ConsentSource
    proof: Proof
    at: datetime

    @classmethod
    def read(cls, line: str) -> "Click | None":
        """What a line of the spool says; None for one that a power cut left unfinished: it was never answered."""
        try:
            told = json.loads(line)
            proof = Proof(*(str(told[name]) for name in ("address", "browser", "page")))
            return cls(str(told["token"]), ConsentSource(told["source"]), proof, datetime.fromisoformat(told["at"]))
        except (ValueError, KeyError, TypeError):
            return None

    def __str__(self) -> str:
        about = {"token": self.token, "source": self.source, "at": self.at.isoformat()}
        return json.dumps(about | asdict(self.proof))


def leave(token: str, *, source: ConsentSource, proof: Proof) -> bool:
    """End a subscription in a transaction of its own; when this returns, no mail to it begins any more.

    Returns whether the database knows, too.

    Raises:
        NotFound: the link was not made here, or was changed.
        OSError: neither the database nor the disk takes it.
    """
    subscription_id_of(token)
    click = Click(token, source, proof, now())
    database.rollback()
    try:
        with database.transaction():
            db.session.connection(execution_options={engines.PATIENCE: _patience(source)})
            _withdraw(click)
    except DBAPIError as error:
        log.warning("An unsubscribe waits in the spool: %s", type(error.orig).__name__)
        spool.keep(spool.path_of(settings().instance), str(click))
        return False
    return True


def replay() -> int:
    """Bring what waits on disk into the database, as of when it was answered; returns how much that was."""
    path = spool.path_of(settings().instance)
    lines = spool.waiting(path)
    for line in lines:
        click = Click.read(line)
        if click is not None:
            with contextlib.suppress(NotFound), database.transaction():
                _withdraw(click)
    if lines:
        spool.done(path, lines)
    return len(lines)


def left_by(line: str) -> int | None:
    """The number of the subscription that a line of the spool is about; asks no database."""
    click = Click.read(line)
    try:
        return subscription_id_of(click.token) if click is not None else None
    except NotFound:
        return None


def subscription_id_of(token: str) -> int:
    """The number of the subscription that a link leads out of; asks no database.

    Raises:
        NotFound: the link was not made here, or was changed.
    """
    return leaving.read(token).subscription_id


def _patience(source: ConsentSource) -> int:
    return OF_PROGRAMS[db.engine.name] if source is ConsentSource.ONE_CLICK else PATIENCE


def _withdraw(click: Click) -> None:
    subscription = leaving.subscription_of(click.token)
    if subscription is not None:
        proof = replace(click.proof, page=leaving.read(click.token).page)
        consent.withdraw(subscription, source=click.source, proof=proof, at=click.at)
