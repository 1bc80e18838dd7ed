"""The outbox as workers and staff see it: what is due, what waits, what failed, what one address got."""

from collections.abc import Collection

import sqlalchemy as sa

from portal.foundation import pagination
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.mail.models import IS_FAILED, IS_OPEN, OutboxMessage, State

NEWEST_FIRST = pagination.Order(OutboxMessage.id, OutboxMessage.id, descending=True)


def is_anything_due() -> bool:
    """Whether a worker would find something to do."""
    due = sa.select(OutboxMessage.id).where(IS_OPEN, OutboxMessage.due_at <= now())
    return db.session.scalar(due.limit(1)) is not None


def to_addresses(keys: Collection[str], most: int = 50) -> list[OutboxMessage]:
    """The mails posted to any of these addresses, newest first."""
    posted = sa.select(OutboxMessage).where(OutboxMessage.to_key.in_(keys))
    return list(db.session.scalars(posted.order_by(OutboxMessage.id.desc()).limit(most)))


def by_id(message_id: int) -> OutboxMessage | None:
    """One mail."""
    return db.session.get(OutboxMessage, message_id)


def page(states: Collection[State], *, after: str = "", before: str = "") -> pagination.Page[OutboxMessage]:
    """Mails in these states (all, when none is named), newest first."""
    query = sa.select(OutboxMessage)
    if states:
        query = query.where(OutboxMessage.state.in_(states))
    return pagination.slice_of(query, NEWEST_FIRST, after=after, before=before)


def count_failed() -> int:
    """How many mails failed, counted to pagination.COUNTED."""
    return pagination.count_of(sa.select(OutboxMessage).where(IS_FAILED))


def latest_failed() -> OutboxMessage | None:
    """The newest of them."""
    failed = sa.select(OutboxMessage).where(IS_FAILED)
    return db.session.scalar(failed.order_by(OutboxMessage.id.desc()).limit(1))
