"""Registration: what was typed, waiting for its mailed link."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class Ending(StrEnum):
    """How a registration ended."""

    CONFIRMED = "confirmed"
    SUPERSEDED = "superseded"  # another registration of the address was confirmed
    EXPIRED = "expired"


class Registration(Base):
    """Nobody's account yet: several may wait for one address, none reserves it."""

    __tablename__ = "registration"
    __table_args__ = (sa.Index(None, "email_key", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(320))
    email_key: Mapped[str] = mapped_column(sa.String(320))
    first_name: Mapped[str] = mapped_column(sa.String(64))
    last_name: Mapped[str] = mapped_column(sa.String(64))
    telephone: Mapped[str] = mapped_column(sa.String(64), default="")
    password_hash: Mapped[str] = mapped_column(sa.String(128))
    question: Mapped[str] = mapped_column(sa.String(255), default="")
    answer_hash: Mapped[str] = mapped_column(sa.String(128), default="")
    group_id: Mapped[int | None]
    answers: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)  # of that group's own fields
    newsletter: Mapped[bool]
    newsletter_text: Mapped[str] = mapped_column(sa.Text, default="")  # the words beside the tick, for the ledger
    terms_version: Mapped[str] = mapped_column(sa.String(32))
    address: Mapped[str] = mapped_column(sa.String(64))  # network address
    locale: Mapped[str] = mapped_column(sa.String(16), default="en")
    browser_digest: Mapped[str] = mapped_column(sa.String(64))  # of the random handle in the browser that registered
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[Ending | None]

    @property
    def is_open(self) -> bool:
        return self.ended_at is None
