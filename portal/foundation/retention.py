"""Retention: what is kept for how long, what would go now, and forgetting it, some rows at a time.

Each feature says what of its own runs out (`service.retention`, mostly); the worker forgets it night and day, and the
command `flask privacy retention` tells it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db

AT_ONCE = 500  # rows that one transaction forgets

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rule:
    """One kind of thing that runs out.

    Args:
        what: its name.
        days: how long it is kept; 0: for ever.
        setting: which setting says so; empty where the portal's rules do.
        count: how many would go now.
        forget: delete some, in the caller's transaction; returns how many.
        look: find them beforehand, for `forget` to take, where to find them takes long: nobody's writing waits for it.
    """

    what: str
    days: Callable[[], int]
    setting: str
    count: Callable[[], int]
    forget: Callable[..., int]
    look: Callable[[], Any] | None = None


_rules: dict[str, Rule] = {}


def declare(rule: Rule) -> None:
    """Say what runs out; to say it twice is harmless."""
    _rules[rule.what] = rule


def rules() -> list[Rule]:
    """Everything that runs out, by name."""
    return [_rules[what] for what in sorted(_rules)]


def before(days: int) -> datetime | None:
    """The moment before which things of so many days are forgotten; None: they are kept for ever."""
    return now() - timedelta(days=days) if days else None


def count(query: sa.Select[Any]) -> int:
    """How many rows a query finds."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def forget_some() -> int:
    """Forget some of everything, each kind in a transaction of its own; returns how much went.

    One kind that breaks does not keep the others from their turn.
    """
    gone = 0
    for rule in rules():
        try:
            gone += _forget(rule)
        except Exception:  # whatever it is, it is logged, and tried again with the next turn
            log.exception("Forgetting broke: %s", rule.what)
    return gone


def _forget(rule: Rule) -> int:
    found = []
    if rule.look is not None:
        with database.reading():
            found.append(rule.look())
    with database.transaction():
        return rule.forget(*found)
