"""Where this database may send campaigns from: a copy of it, or a restored one elsewhere, waits for a person's word.

A place is told by a file in INSTANCE and by the address of the portal. The first place that opens a database is
allowed by itself; every other one has to be allowed once, or the people of a campaign get it from two machines.
"""

import hashlib
import os
import secrets
import socket
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.config import settings
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.newsletter.models import Installation

FILE = "installation"  # in INSTANCE


def may_send() -> bool:
    """Whether campaigns may be sent from here; a place that is new is noted."""
    mine = mark()
    found = db.session.get(Installation, mine)
    if found is None:
        found = _noted(mine)
    return found is not None and found.allowed_at is not None


def refused() -> list[Installation]:
    """The places that wait for a word, newest first."""
    waiting = sa.select(Installation).where(Installation.allowed_at.is_(None))
    return list(db.session.scalars(waiting.order_by(Installation.seen_at.desc())))


def allow(found: Installation, by: Actor) -> None:
    """Let campaigns be sent from a place, too; twice is harmless."""
    if found.allowed_at is not None:
        return
    found.allowed_at, found.allowed_by = now(), by.name[:120]
    audit.record("newsletter.installation_allowed", Subject("installation", 0, found.place), by=by)


def mark() -> str:
    """What tells this place from others."""
    return hashlib.sha256(f"{_own_word(settings().instance)} {_address()}".encode()).hexdigest()


def _noted(mine: str) -> Installation | None:
    is_first = db.session.scalar(sa.select(sa.func.count()).select_from(Installation)) == 0
    place = f"{socket.gethostname()}, {settings().base_url}"[:255]
    found = Installation(mark=mine, place=place, allowed_at=now() if is_first else None)
    try:
        with db.session.begin_nested():
            db.session.add(found)
    except IntegrityError:  # another worker of this place was faster
        return db.session.get(Installation, mine)
    return found


def _address() -> str:
    return urlsplit(settings().base_url).hostname or ""


def _own_word(instance: Path) -> str:
    path = instance / FILE
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(file, "w") as opened:
        word = secrets.token_hex(16)
        opened.write(word)
    return word
