"""What a process remembers for a few seconds: figures and choices that every page shows and that change now and then.

Whatever this process writes is seen at once, because a commit that wrote forgets everything. What another process
writes is seen after `SECONDS`.
"""

import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from flask import Flask, current_app
from sqlalchemy import event, orm

Answer = TypeVar("Answer")
SECONDS = 5
MOST = 500  # answers that are kept


def init_app(app: Flask) -> None:
    """Start with an empty memory."""
    app.extensions["portal.lately"] = {}


def known(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """What `ask` answered within the last seconds; it is asked when that was longer ago.

    What it answers is shared by requests: plain values, never rows of a session.
    """
    memory: dict[Hashable, tuple[float, Any]] = current_app.extensions["portal.lately"]
    moment = time.monotonic()
    at, answer = memory.get(key, (None, None))
    if at is not None and 0 <= moment - at < SECONDS:
        return cast("Answer", answer)
    answer = ask()
    if len(memory) >= MOST:
        memory.clear()
    memory[key] = (moment, answer)
    return cast("Answer", answer)


def forget() -> None:
    """Ask everything anew."""
    current_app.extensions["portal.lately"].clear()


@event.listens_for(orm.Session, "after_commit")
def _forget_what_changed(session: orm.Session) -> None:
    if session.info.get("wrote") and current_app:
        forget()
