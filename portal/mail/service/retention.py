"""What the outbox forgets by itself, and with a person: rows, and mails that were kept as files."""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.config import settings
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.mail import transport
from portal.mail.models import OutboxMessage

AT_ONCE = 500


def oldest_kept() -> datetime | None:
    """The moment before which mails are forgotten; None where the shop keeps them for ever."""
    return now() - timedelta(days=settings().keep_mails) if settings().keep_mails else None


def is_old() -> sa.ColumnElement[bool]:
    """The condition on mails that left, or failed, longer ago than the shop keeps them."""
    last = oldest_kept()
    return sa.false() if last is None else OutboxMessage.settled_at < last


def forget_old(most: int = AT_ONCE) -> int:
    """Delete mails that left, or failed, longer ago than the shop keeps them; returns how many."""
    last = oldest_kept()
    if last is None:
        return 0
    oldest = sa.select(OutboxMessage.id, OutboxMessage.settled_at).order_by(OutboxMessage.id).limit(most)
    late = [row_id for row_id, settled in db.session.execute(oldest).tuples() if settled is not None and settled < last]
    if late:
        db.session.execute(sa.delete(OutboxMessage).where(OutboxMessage.id.in_(late)))
    return len(late)


def forget_old_files() -> int:
    """Delete mails kept as files for longer than the shop keeps mails; returns how many."""
    last, folder = oldest_kept(), transport.folder()
    return len(folder.forget(folder.before(last))) if last is not None else 0


def forget_files_to(keys: Collection[str]) -> None:
    """Delete the mails kept as files that went to a person, as soon as the caller's transaction is stored."""
    folder = transport.folder()
    database.after_commit(lambda: folder.forget(folder.to(keys)))


def forget_proofs(keys: Collection[str]) -> None:
    """Delete what was mailed to addresses that somebody wished for and never proved, and nothing else about them."""
    wished = sa.and_(OutboxMessage.kind == "accounts.email_change", OutboxMessage.to_key.in_(keys))
    db.session.execute(sa.delete(OutboxMessage).where(wished))
