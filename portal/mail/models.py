"""OutboxMessage with its state; Suppression for addresses that must not be written to."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base, partial_index


class State(StrEnum):
    """Where a mail is on its way."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


OPEN = (State.QUEUED, State.SENDING)

# Written out, for the index and for whoever wants to use it: SQLite takes a partial index only for the very same words.
IS_OPEN = sa.text("state IN ('queued', 'sending')")
IS_FAILED = sa.text("state = 'failed'")


class OutboxMessage(Base):
    """One mail: posted with the change that it tells of, rendered when it is sent.

    `due_at` is schedule, time of the next try and end of a lease in one; `tries` is the fence: a worker may only
    go on with the number it claimed.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        partial_index("ix_outbox_message_due", "due_at", "id", where=IS_OPEN),
        partial_index("ix_outbox_message_failed", "id", where=IS_FAILED),
        partial_index("ix_outbox_message_suppressed", "id", where=sa.text("state = 'suppressed'")),
        sa.Index(None, "to_key", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(64))
    to: Mapped[str] = mapped_column(sa.String(320))  # as typed
    to_key: Mapped[str] = mapped_column(sa.String(320))  # canonical
    context: Mapped[dict[str, Any]] = mapped_column(sa.JSON)  # ids and plain choices, never a link or a secret
    state: Mapped[State] = mapped_column(default=State.QUEUED)
    due_at: Mapped[datetime] = mapped_column(default=now)
    tries: Mapped[int] = mapped_column(default=0)
    subject: Mapped[str] = mapped_column(sa.String(255), default="")  # as it was rendered last
    message_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    last_reply: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]  # when it was sent, failed or suppressed


class SuppressionScope(StrEnum):
    """Which mails do not go to an address."""

    ALL = "all"
    MARKETING = "marketing"


class Suppression(Base):
    """An address that must not be written to: in clear, or, once it was erased, under a hash that only we can make."""

    __tablename__ = "suppression"
    __table_args__ = (sa.CheckConstraint("(email_key IS NULL) <> (subject_hmac IS NULL)", name="known_by_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email_key: Mapped[str | None] = mapped_column(sa.String(320), unique=True)
    subject_hmac: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    scope: Mapped[SuppressionScope] = mapped_column(default=SuppressionScope.ALL)
    reason: Mapped[str] = mapped_column(sa.String(255))
    who: Mapped[str] = mapped_column(sa.String(120), default="")  # who said so; empty: the portal itself
    at: Mapped[datetime] = mapped_column(default=now)
