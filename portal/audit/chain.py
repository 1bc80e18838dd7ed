"""The chain: every entry gets a link that seals it together with all before it, in the transaction that wrote it.

A link's code is HMAC-SHA-256(audit key, code of the link before + position + everything the entry says). The key is not
in the database, so whoever can write there can neither change, remove, swap nor add an entry without `verifying` naming
it. The end of the chain is held last of all before the commit, so that no two transactions ever wait for each other.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm

from portal.audit.models import AuditEntry, AuditHead, AuditLink
from portal.foundation import crypto, database

PURPOSE = "audit"
WRITTEN = "audit.written"  # in the session's info: the entries of this transaction
BATCH = 1000
# In this order; a change of it would break every chain.
SEALED = (
    *("id", "at", "actor_kind", "actor_id", "actor_name", "subject_kind", "subject_id", "subject_name"),
    *("verb", "changes", "reason", "request_number"),
)
OPENED = ("actor_name", "subject_name", "changes", "reason")  # read from an object, they are opened
WORDS = ("subject_words", "actor_words")  # sealed after those, where there are any: older entries have none
HEAD = sa.select(AuditHead.position, AuditHead.code).where(AuditHead.id == 1)


class Stored:
    """An entry just written, by the columns as they are stored."""

    def __init__(self, entry: AuditEntry) -> None:
        self.entry = entry

    def __getattr__(self, column: str) -> Any:
        return getattr(self.entry, f"stored_{column}") if column in OPENED else getattr(self.entry, column)


def code_of(key: bytes, before: str, position: int, entry: Any) -> str:
    """The code of a link; `entry` is a row with the columns of an AuditEntry, as they are stored."""
    said = [getattr(entry, name) for name in SEALED]
    said[1] = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    words = [getattr(entry, name) for name in WORDS]
    if words != [None, None]:
        said += words
    text = json.dumps([before, position, *said], separators=(",", ":"), sort_keys=True)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def seal_behind(last_id: int) -> None:
    """Seal the entries behind an id, written past the session as those of a demo shop, in the caller's transaction."""
    session = database.db.session()
    position, code = session.execute(HEAD.with_for_update()).one()
    written = sa.select(*AuditEntry.__table__.c).where(AuditEntry.id > last_id).order_by(AuditEntry.id)
    _extend(session, position, code, session.execute(written))


@event.listens_for(database.Session, "before_flush")
def _see(session: orm.Session, *_: object) -> None:
    new = [row for row in session.new if isinstance(row, AuditEntry)]
    if new:
        session.info.setdefault(WRITTEN, []).extend(new)


@event.listens_for(database.Session, "after_transaction_end")
def _forget(session: orm.Session, transaction: orm.SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(WRITTEN, None)


@event.listens_for(database.Session, "before_commit")
def _seal(session: orm.Session) -> None:
    """Add the links of this transaction's entries; those that a savepoint took back have none."""
    if session.in_nested_transaction():
        return
    if session.new:
        session.flush()
    written = [row for row in session.info.pop(WRITTEN, []) if sa.inspect(row).persistent]
    if not written:
        return
    position, code = session.execute(HEAD.with_for_update()).one()
    entries: Iterable[Any] = map(Stored, sorted(written, key=lambda row: row.id))
    if position == 0:  # what was written before there was a chain is sealed with the first entry after it
        entries = session.execute(sa.select(*AuditEntry.__table__.c).order_by(AuditEntry.id))
    _extend(session, position, code, entries)


def _extend(session: orm.Session, position: int, code: str, entries: Iterable[Any]) -> None:
    key = crypto.ring().key(PURPOSE)
    key_id, links = crypto.identify(key), []
    for entry in entries:
        position += 1
        code = code_of(key, code, position, entry)
        links.append({"position": position, "entry_id": entry.id, "key_id": key_id, "code": code})
    for start in range(0, len(links), BATCH):
        session.execute(sa.insert(AuditLink), links[start : start + BATCH])
    moved = sa.update(AuditHead).where(AuditHead.id == 1).values(position=position, code=code)
    session.execute(moved.execution_options(synchronize_session=False))
