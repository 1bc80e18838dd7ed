"""What a person sends twice by accident is done once: a key in the form, a row when it was used."""

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation import crypto
from portal.foundation.clock import now
from portal.foundation.database import Base, UtcDateTime, db

KEPT = timedelta(days=1)


class FormKey(Base):
    """A form that was sent, and where it led."""

    __tablename__ = "form_key"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    led_to: Mapped[str] = mapped_column(sa.String(255), default="")
    at: Mapped[datetime] = mapped_column(default=now, index=True)


# Written out, since both databases read it; a savepoint and a row for each registration cost three times as much.
_TAKE = sa.text(
    "INSERT INTO form_key (digest, led_to, at) VALUES (:digest, '', :at) ON CONFLICT (digest) DO NOTHING RETURNING at"
).bindparams(sa.bindparam("at", type_=UtcDateTime()))


def make() -> str:
    """A key for a form that is shown now."""
    return secrets.token_urlsafe(16)


def first_use(key: str) -> FormKey | None:
    """Take a key for the work of this transaction; None when it was used before (see `led_to`).

    A form without a key counts as new: scripts may leave it out.
    """
    row = FormKey(digest=_digest(key))
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        return None
    return row


def is_first_use(key: str) -> bool:
    """Take a key as `first_use` does, for work that leads to the same page whoever sent it first."""
    taken = db.session.execute(_TAKE, {"digest": _digest(key), "at": now()})
    return taken.first() is not None


def give_back(row: FormKey) -> None:
    """Let a key serve again: the work was refused, and the same page may be sent once it is mended."""
    db.session.delete(row)


def led_to(key: str) -> str:
    """Where the first use of a key led."""
    row = db.session.get(FormKey, crypto.digest(key))
    return row.led_to if row else ""


def sweep() -> None:
    """Delete keys of forms that nobody sends again."""
    db.session.execute(sa.delete(FormKey).where(FormKey.at <= now() - KEPT))


def _digest(key: str) -> str:
    return crypto.digest(key or make())
