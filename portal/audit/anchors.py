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
from typing import Any

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


class Anchors:
    """The anchors of one chain.

    Args:
        head: the query for the end of the chain: position and code.
        model: the table of its anchors.
        name: of the file in INSTANCE.
    """

    def __init__(self, head: sa.Select[Any], model: type[Any], name: str) -> None:
        self._head = head
        self._model = model
        self._name = name

    def drop(self) -> int:
        """Write down where the chain ends now; returns the position (0: there is nothing to hold on to)."""
        position, code = db.session.execute(self._head.with_for_update()).one()
        if position:
            moment = now()
            db.session.add(self._model(at=moment, position=position, code=code))
            database.after_commit(lambda: self._remember(position, code, moment))
        return int(position)

    def drop_due(self) -> int:
        """Write down where the chain ends, once an hour and only when it has grown; of two workers one does."""
        position, _code = db.session.execute(self._head.with_for_update()).one()
        newest = db.session.execute(
            sa.select(self._model.at, self._model.position).order_by(self._model.id.desc()).limit(1)
        ).first()
        if newest is not None and (newest.position == position or now() - newest.at < EVERY):
            return 0
        return self.drop()

    def known(self) -> Iterator[Anchor]:
        """Every anchor that is remembered, in the database and in the file."""
        rows = sa.select(self._model.position, self._model.code, self._model.at).order_by(self._model.id)
        for position, code, at in db.session.execute(rows).tuples():
            yield Anchor(position, code, at.isoformat(timespec="seconds"), "the database")
        path = self.file()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else [], start=1):
            place = f"line {number} of {path}"
            try:
                kept = json.loads(line)
                yield Anchor(int(kept["position"]), str(kept["code"]), str(kept["at"]), place)
            except (ValueError, KeyError, TypeError):
                yield Anchor(-1, "", "", place)

    def file(self) -> Path:
        """Where anchors are kept outside of the database."""
        return settings().instance / self._name

    def _remember(self, position: int, code: str, at: datetime) -> None:
        moment = at.isoformat(timespec="seconds")
        log.info("%s", self._name.replace("-anchors", " anchor"), extra={"position": position, "code": code})
        line = json.dumps({"at": moment, "position": position, "code": code}) + "\n"
        descriptor = os.open(self.file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


OF_AUDIT = Anchors(HEAD, AuditAnchor, "audit-anchors")
drop, drop_due, known, file = OF_AUDIT.drop, OF_AUDIT.drop_due, OF_AUDIT.known, OF_AUDIT.file
