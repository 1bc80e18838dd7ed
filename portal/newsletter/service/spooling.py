"""Leaving by one click, which is always answered well: what the database does not take now is kept on disk."""

import contextlib
import logging
from dataclasses import replace

from sqlalchemy.exc import DBAPIError

from portal.config import settings
from portal.foundation import database, engines
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.newsletter.models import ConsentSource
from portal.newsletter.sending import spool
from portal.newsletter.service import consent, leaving
from portal.newsletter.service.ledger import Proof

PATIENCE = 2000  # milliseconds that SQLite waits for another writer; the mailbox waits for the answer meanwhile

log = logging.getLogger(__name__)


def leave(token: str, *, source: ConsentSource, proof: Proof) -> None:
    """End a subscription in a transaction of its own; when this returns, no mail to it begins any more.

    Raises:
        NotFound: the link was not made here, or was changed.
        OSError: neither the database nor the disk takes it.
    """
    subscription_id_of(token)
    database.rollback()
    try:
        with database.transaction():
            db.session.connection(execution_options={engines.PATIENCE: PATIENCE})
            _withdraw(token, source, proof)
    except DBAPIError as error:
        log.warning("An unsubscribe waits in the spool: %s", type(error.orig).__name__)
        spool.keep(spool.path_of(settings().instance), token)


def replay() -> int:
    """Bring what waits on disk into the database; returns how much that was."""
    path = spool.path_of(settings().instance)
    words = spool.waiting(path)
    for word in words:
        with contextlib.suppress(NotFound), database.transaction():
            _withdraw(word, ConsentSource.ONE_CLICK, Proof())
    if words:
        spool.done(path, words)
    return len(words)


def subscription_id_of(token: str) -> int:
    """The number of the subscription that a link leads out of; asks no database.

    Raises:
        NotFound: the link was not made here, or was changed.
    """
    return leaving.read(token).subscription_id


def _withdraw(token: str, source: ConsentSource, proof: Proof) -> None:
    subscription = leaving.subscription_of(token)
    if subscription is not None:
        consent.withdraw(subscription, source=source, proof=replace(proof, page=leaving.read(token).page))
