"""Anchors: how far the chain had come at a moment, in the database, in the log, and in a file out of its reach.

A chain whose end is cut off is whole in itself; only somebody who remembers that it was longer can tell.
"""

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from portal.audit.chain import HEAD
from portal.audit.models import AuditAnchor
from portal.config import settings
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db

EVERY = timedelta(hours=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Anchor:
    """What was known of the chain at a moment, and who remembers it."""

    position: int
    code: str
    at: str
    source: str


def drop() -> int:
    """Write down where the chain ends now; returns the position (0: there is nothing to hold on to)."""
    position, code = db.session.execute(HEAD.with_for_update()).one()
    if position:
        moment = now()
        db.session.add(AuditAnchor(at=moment, position=position, code=code))
        database.after_commit(lambda: _remember(position, code, moment))
    return int(position)


def drop_due() -> int:
    """Write down where the chain ends, once an hour and only when it has grown; of two workers one does."""
    position, _code = db.session.execute(HEAD.with_for_update()).one()
    newest = db.session.execute(
        sa.select(AuditAnchor.at, AuditAnchor.position).order_by(AuditAnchor.id.desc()).limit(1)
    ).first()
    if newest is not None and (newest.position == position or now() - newest.at < EVERY):
        return 0
    return drop()


def known() -> Iterator[Anchor]:
    """Every anchor that is remembered, in the database and in the file."""
    rows = sa.select(AuditAnchor.position, AuditAnchor.code, AuditAnchor.at).order_by(AuditAnchor.id)
    for position, code, at in db.session.execute(rows).tuples():
        yield Anchor(position, code, at.isoformat(timespec="seconds"), "the database")
    path = file()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else [], start=1):
        place = f"line {number} of {path}"
        try:
            kept = json.loads(line)
            yield Anchor(int(kept["position"]), str(kept["code"]), str(kept["at"]), place)
        except (ValueError, KeyError, TypeError):
            yield Anchor(-1, "", "", place)


def file() -> Path:
    """Where anchors are kept outside of the database."""
    return settings().instance / "audit-anchors"


def _remember(position: int, code: str, at: datetime) -> None:
    moment = at.isoformat(timespec="seconds")
    log.info("audit anchor", extra={"position": position, "code": code})
    line = json.dumps({"at": moment, "position": position, "code": code}) + "\n"
    descriptor = os.open(file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
