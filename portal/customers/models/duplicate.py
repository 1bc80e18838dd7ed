"""DuplicatePair: two records that may be one person; and what finding them goes by."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base, partial_index

# Written out, for the index and for whoever wants to use it: SQLite takes a partial index only for the very same words.
IS_OPEN = sa.text("dismissed_at IS NULL")


def _customer(**kwargs: Any) -> Any:
    return mapped_column(sa.ForeignKey("customer.id", ondelete="CASCADE"), **kwargs)


class DuplicatePair(Base):
    """Two customers, the smaller id first, and why they look alike; a dismissed pair stays away for good."""

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        sa.UniqueConstraint("first_id", "second_id"),
        partial_index("ix_duplicate_pair_open", "score", "id", where=IS_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = _customer()
    second_id: Mapped[int] = _customer(index=True)
    reasons: Mapped[list[str]] = mapped_column(sa.JSON)  # words of `rules.duplicates.Reason`
    score: Mapped[int]  # from 0 to 100
    found_at: Mapped[datetime] = mapped_column(default=now)
    dismissed_at: Mapped[datetime | None]
    dismissed_by: Mapped[str] = mapped_column(sa.String(120), default="")


class DuplicateKey(Base):
    """What a customer is found by that no column of theirs holds: how the name sounds, the mailbox behind an alias."""

    __tablename__ = "duplicate_key"
    __table_args__ = (sa.Index(None, "key"),)

    customer_id: Mapped[int] = _customer(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(320))


class DuplicateDue(Base):
    """A customer who was changed since they were last compared with others."""

    __tablename__ = "duplicate_due"

    customer_id: Mapped[int] = _customer(primary_key=True)


class DuplicateProgress(Base):
    """One row: up to which customer everybody was compared once."""

    __tablename__ = "duplicate_progress"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int]
