"""Proving to staff who one is: a case of the help desk, and the PIN that a customer reads out."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class ProvenBy(StrEnum):
    """How somebody on the telephone proved who they are."""

    ANSWER = "answer"  # to the security question
    PIN = "pin"


class IdentityCase(Base):
    """One call: who asks about whom and why, how often an answer was tried, and whether it matched."""

    __tablename__ = "identity_case"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    staff_member_id: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.Text)
    opened_at: Mapped[datetime] = mapped_column(default=now)
    revealed_at: Mapped[datetime | None]  # the security question was shown
    tries: Mapped[int] = mapped_column(default=0)
    proven_at: Mapped[datetime | None]
    proven_by: Mapped[ProvenBy | None]
    closed_at: Mapped[datetime | None]


class SupportPin(Base):
    """Six digits that a signed-in customer reads out to staff; kept as a keyed hash, used once, soon over."""

    __tablename__ = "support_pin"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
