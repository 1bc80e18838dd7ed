"""What a process remembers for a moment: figures and choices that every page shows and that change now and then.

What this process writes is seen at once: a commit forgets what was asked of the tables that it wrote. What another
process writes is seen when the answer is older than its seconds.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from flask import Flask, current_app, has_app_context
from sqlalchemy import event, orm

from portal.foundation.database import db

Answer = TypeVar("Answer")
MOST = 500  # answers that are kept, some of them statements of some kilobytes; the others were not asked for longest
TOUCHED = "touched"  # in a session's info, the tables that its transaction wrote
BEGUN = "begun"  # the same, when its transaction began: on SQLite it sees nothing that others write from then on


@dataclass(frozen=True)
class _Memory:
    """Answers, the one asked for longest ago first; and when a table was written here, if it was.

    Threads share it: to walk through an ordered dictionary that another one changes is an error.
    """

    answers: OrderedDict[Hashable, tuple[float, frozenset[str], Any]] = field(default_factory=OrderedDict)
    written: dict[str, float] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


def init_app(app: Flask) -> None:
    """Start with an empty memory."""
    app.extensions["portal.lately"] = _Memory()


def known(
    key: Hashable,
    ask: Callable[[], Answer],
    *,
    of: tuple[str, ...],
    seconds: int = 5,
    if_it: Callable[[Answer], bool] = lambda _answer: True,
) -> Answer:
    """What `ask` answered lately, asked anew when that was too long ago.

    Args:
        key: names the question; whatever the answer depends on is a part of it.
        ask: answers with plain values, which requests share: never rows of a session.
        of: the tables that the answer comes from.
        seconds: how old an answer may be.
        if_it: says of an answer whether it is one to remember; every one is, unless told otherwise.
    """
    memory, moment = _memory(), time.monotonic()
    with memory.lock:
        at, _tables, answer = memory.answers.get(key, (None, None, None))
        if at is not None and 0 <= moment - at < seconds:
            memory.answers.move_to_end(key)
            return cast("Answer", answer)
    since = min(moment, db.session().info.get(BEGUN, moment))
    fresh = ask()
    is_kept = if_it(fresh)
    with memory.lock:
        memory.answers.pop(key, None)
        # What another thread wrote since, the answer may not have seen.
        if is_kept and all(memory.written.get(table, -1.0) < since for table in of):
            memory.answers[key] = (moment, frozenset(of), fresh)
        if len(memory.answers) > MOST:
            memory.answers.popitem(last=False)
    return fresh


def is_known(key: Hashable, *, seconds: int = 5) -> bool:
    """Whether `known` would answer without asking."""
    memory = _memory()
    with memory.lock:
        at, _tables, _answer = memory.answers.get(key, (None, None, None))
    return at is not None and 0 <= time.monotonic() - at < seconds


def forget(tables: set[str] | None = None) -> None:
    """Ask anew what came from these tables; everything, when none are named."""
    memory = _memory()
    with memory.lock:
        if tables is None:
            memory.answers.clear()
            return
        memory.written.update(dict.fromkeys(tables, time.monotonic()))
        for key, (_at, of, _answer) in list(memory.answers.items()):
            if of & tables:
                del memory.answers[key]


def _memory() -> _Memory:
    found: _Memory = current_app.extensions["portal.lately"]
    return found


@event.listens_for(orm.Session, "after_begin")
def _note_begin(session: orm.Session, _transaction: object, _connection: object) -> None:
    session.info.setdefault(BEGUN, time.monotonic())  # savepoints begin, too, and see what all of it sees


@event.listens_for(orm.Session, "after_transaction_end")
def _forget_begin(session: orm.Session, transaction: orm.SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(BEGUN, None)


@event.listens_for(orm.Session, "after_flush")
def _note_rows(session: orm.Session, _context: object) -> None:
    rows = (*session.new, *session.dirty, *session.deleted)
    if rows:
        session.info.setdefault(TOUCHED, set()).update(row.__table__.name for row in rows)


@event.listens_for(orm.Session, "do_orm_execute")
def _note_statement(state: orm.ORMExecuteState) -> None:
    table = state.statement.table if isinstance(state.statement, sa.UpdateBase) else None
    if isinstance(table, sa.TableClause):
        state.session.info.setdefault(TOUCHED, set()).add(table.name)


@event.listens_for(orm.Session, "after_commit")
def _forget_what_changed(session: orm.Session) -> None:
    touched = session.info.pop(TOUCHED, None)
    if touched and has_app_context():
        forget(touched)


@event.listens_for(orm.Session, "after_rollback")
def _forget_nothing(session: orm.Session) -> None:
    session.info.pop(TOUCHED, None)
