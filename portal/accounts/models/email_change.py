"""EmailChange: another address for an account, asked for, proven, in force, or stopped."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class ChangeState(StrEnum):
    """How far a change of address has come."""

    ASKED = "asked"
    APPLIED = "applied"
    CANCELLED = "cancelled"
    UNDONE = "undone"


class EmailChange(Base):
    """One wish to be reached, and to sign in, under another address.

    A customer's own takes effect when the new mailbox is proven. One that staff asked for waits for `due_at`, too, and
    where more than one member may verify people, for the word of a second one.
    """

    __tablename__ = "email_change"
    __table_args__ = (sa.Index(None, "account_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    old_email: Mapped[str] = mapped_column(sa.String(320))
    new_email: Mapped[str] = mapped_column(sa.String(320))
    new_key: Mapped[str] = mapped_column(sa.String(320))
    state: Mapped[ChangeState] = mapped_column(default=ChangeState.ASKED)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    asked_by: Mapped[int | None]  # the staff member who asked, none for the owner
    approved_by: Mapped[int | None]  # the second member
    approved_at: Mapped[datetime | None]
    due_at: Mapped[datetime] = mapped_column(default=now)  # not in force before
    proven_at: Mapped[datetime | None]  # the new mailbox was
    settled_at: Mapped[datetime | None]  # applied, cancelled or undone
