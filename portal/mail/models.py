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


class Suppression(Base):
    """An address that must not be written to."""

    __tablename__ = "suppression"

    email_key: Mapped[str] = mapped_column(sa.String(320), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(default=now)
