"""What the outbox forgets by itself."""

from datetime import timedelta

import sqlalchemy as sa

from portal.config import settings
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.mail.models import OutboxMessage

AT_ONCE = 500


def forget_old(most: int = AT_ONCE) -> int:
    """Delete mails that left, or failed, longer ago than the shop keeps them; returns how many."""
    if not settings().keep_mails:
        return 0
    last = now() - timedelta(days=settings().keep_mails)
    oldest = sa.select(OutboxMessage.id, OutboxMessage.settled_at).order_by(OutboxMessage.id).limit(most)
    late = [row_id for row_id, settled in db.session.execute(oldest).tuples() if settled is not None and settled < last]
    if late:
        db.session.execute(sa.delete(OutboxMessage).where(OutboxMessage.id.in_(late)))
    return len(late)
