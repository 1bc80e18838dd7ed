"""What the outbox forgets by itself, and with a person: rows, and mails that were kept as files."""

from collections.abc import Collection

import sqlalchemy as sa

from portal.config import settings
from portal.foundation import database, retention
from portal.foundation.database import db
from portal.foundation.retention import AT_ONCE, Rule
from portal.mail import transport
from portal.mail.models import OutboxMessage


def forget_old(most: int = AT_ONCE) -> int:
    """Delete mails that left, or failed, longer ago than the shop keeps them; returns how many."""
    last = retention.before(settings().keep_mails)
    if last is None:
        return 0
    oldest = sa.select(OutboxMessage.id, OutboxMessage.settled_at).order_by(OutboxMessage.id).limit(most)
    late = [row_id for row_id, settled in db.session.execute(oldest).tuples() if settled is not None and settled < last]
    if late:
        db.session.execute(sa.delete(OutboxMessage).where(OutboxMessage.id.in_(late)))
    return len(late)


def forget_files_to(keys: Collection[str]) -> None:
    """Delete the mails kept as files that went to a person, as soon as the caller's transaction is stored."""
    folder = transport.folder()
    database.after_commit(lambda: folder.forget(folder.to(keys)))


def forget_proofs(keys: Collection[str]) -> None:
    """Delete what was mailed to addresses that somebody wished for and never proved, and nothing else about them."""
    wished = sa.and_(OutboxMessage.kind == "accounts.email_change", OutboxMessage.to_key.in_(keys))
    db.session.execute(sa.delete(OutboxMessage).where(wished))


def _count_old() -> int:
    last = retention.before(settings().keep_mails)
    return retention.count(sa.select(OutboxMessage.id).where(OutboxMessage.settled_at < last)) if last else 0


def _count_files() -> int:
    last = retention.before(settings().keep_mails)
    return len(transport.folder().before(last)) if last else 0


def _forget_files() -> int:
    last, folder = retention.before(settings().keep_mails), transport.folder()
    return len(folder.forget(folder.before(last))) if last else 0


retention.declare(Rule("Mails", lambda: settings().keep_mails, "keep_mails", _count_old, forget_old))
retention.declare(Rule("Mails kept as files", lambda: settings().keep_mails, "keep_mails", _count_files, _forget_files))
