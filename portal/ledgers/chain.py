"""The chain: every new line of a ledger gets its link in the transaction that wrote it.

The end of the chain is held last of all before the commit, after that of the audit log, so that no two transactions
ever wait for each other; and only as long as it takes to add the links: an import of a million people holds it for
some milliseconds in each of its batches.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm

from portal.audit import chain as audit_chain  # noqa: F401 - it holds its own end first, in every process
from portal.foundation import crypto, database
from portal.foundation.database import Base, db, table_of
from portal.ledgers import lines
from portal.ledgers.lines import PURPOSE, Ledger
from portal.ledgers.models import LedgerBacklog, LedgerHead, LedgerLink

WRITTEN = "ledgers.written"  # in the session's info: the lines of this transaction
BATCH = 1000
OF_BEFORE = 2000  # lines of before that one transaction seals
HEAD = sa.select(LedgerHead.position, LedgerHead.code).where(LedgerHead.id == 1)

_links = table_of(LedgerLink)
Line = tuple[Ledger, Any]


def write(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write many lines at once, sealed with the others of this transaction; returns their ids.

    Raises:
        LookupError: the table is no ledger.
    """
    ledger = lines.of(model)
    if ledger is None:
        raise LookupError(f"{model.__tablename__} is no ledger.")
    table = table_of(model)
    written: list[Any] = []
    for start in range(0, len(rows), BATCH):
        written += db.session.execute(sa.insert(table).returning(*table.c), rows[start : start + BATCH]).all()
    seal(ledger, written)
    return [row.id for row in written]


def seal(ledger: Ledger, written: Iterable[Any]) -> None:
    """Have lines that a statement wrote sealed with this transaction; they carry every column."""
    db.session().info.setdefault(WRITTEN, []).extend((ledger, line) for line in written)


def leave(model: type[Base]) -> None:
    """Have lines that were written past the session, as of a demo shop, sealed by the worker: all that have no link.

    Raises:
        LookupError: the table is no ledger.
    """
    ledger = lines.of(model)
    if ledger is None:
        raise LookupError(f"{model.__tablename__} is no ledger.")
    rows = ledger.rows
    sealed = sa.select(sa.func.max(_links.c.line_id)).where(_links.c.ledger == ledger.name)
    first = (db.session.scalar(sealed) or 0) + 1
    last = db.session.scalar(sa.select(sa.func.max(rows.c.id))) or 0
    known = db.session.get(LedgerBacklog, ledger.name)
    if known is not None:
        known.last_id = last
    elif last >= first:
        db.session.add(LedgerBacklog(ledger=ledger.name, next_id=first, last_id=last))


def seal_backlog() -> int:
    """Seal some lines of before there was a chain, in the caller's transaction; returns how many."""
    position, code = db.session.execute(HEAD.with_for_update()).one()
    waiting = db.session.scalars(sa.select(LedgerBacklog).order_by(LedgerBacklog.ledger.desc()).limit(1)).first()
    if waiting is None:
        return 0
    ledger = lines.by_name(waiting.ledger)
    if ledger is None:
        return 0
    rows = ledger.rows
    has_link = sa.exists().where(_links.c.ledger == ledger.name, _links.c.line_id == rows.c.id)
    some = sa.select(rows).where(rows.c.id.between(waiting.next_id, waiting.last_id), ~has_link)
    found = db.session.execute(some.order_by(rows.c.id).limit(OF_BEFORE)).all()
    if len(found) < OF_BEFORE:
        db.session.delete(waiting)
    else:
        waiting.next_id = found[-1].id + 1
    _extend(db.session(), position, code, [(ledger, line) for line in found])
    return len(found)


@event.listens_for(database.Session, "before_flush")
def _see(session: orm.Session, *_: object) -> None:
    for row in session.new:
        ledger = lines.of(type(row))
        if ledger is not None:
            session.info.setdefault(WRITTEN, []).append((ledger, row))


@event.listens_for(database.Session, "after_transaction_end")
def _forget(session: orm.Session, transaction: orm.SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(WRITTEN, None)


@event.listens_for(database.Session, "before_commit")
def _seal(session: orm.Session) -> None:
    """Add the links of this transaction's lines; those that a savepoint took back have none."""
    if session.in_nested_transaction():
        return
    if session.new:
        session.flush()
    written = [(ledger, line) for ledger, line in session.info.pop(WRITTEN, []) if _is_there(line)]
    if not written:
        return
    position, code = session.execute(HEAD.with_for_update()).one()
    _extend(session, position, code, written)


def _is_there(line: Any) -> bool:
    """Whether a line was stored: rows that a statement returned are told to be, objects know it themselves."""
    return not isinstance(line, Base) or bool(sa.inspect(line).persistent)


def _extend(session: orm.Session, position: int, code: str, written: Sequence[Line]) -> None:
    key = crypto.ring().key(PURPOSE)
    key_id, links = crypto.identify(key), []
    for ledger, line in written:
        position += 1
        marks = ledger.marks(key, line)
        code = ledger.code(key, code, position, line, marks)
        link = {"position": position, "ledger": ledger.name, "line_id": line.id, "key_id": key_id, "marks": marks}
        links.append(link | {"code": code})
    connection = session.connection()
    for start in range(0, len(links), BATCH):
        connection.execute(sa.insert(_links), links[start : start + BATCH])
    moved = sa.update(LedgerHead).where(LedgerHead.id == 1).values(position=position, code=code)
    session.execute(moved.execution_options(synchronize_session=False))
