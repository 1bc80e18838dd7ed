"""AuditEntry, append-only: triggers refuse a change or a removal on both databases."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class ActorKind(StrEnum):
    """What kind of somebody did it."""

    CUSTOMER = "customer"
    STAFF = "staff"
    OPERATOR = "operator"  # a person at the shell
    SYSTEM = "system"  # the portal itself, as when something runs out
    VISITOR = "visitor"  # somebody not signed in


class AuditEntry(Base):
    """One act: who, on whom, what, with before and after of every changed field."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index(None, "subject_kind", "subject_id", "id"),
        sa.Index(None, "actor_kind", "actor_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    actor_kind: Mapped[ActorKind]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(sa.String(255))
    subject_kind: Mapped[str] = mapped_column(sa.String(32))  # customer, group, staff_member, audience, …
    subject_id: Mapped[int | None]
    subject_name: Mapped[str] = mapped_column(sa.String(255))
    verb: Mapped[str] = mapped_column(sa.String(64))
    changes: Mapped[dict[str, Any]] = mapped_column(sa.JSON)  # field: [before, after]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    request_number: Mapped[str] = mapped_column(sa.String(16), default="")


class AuditLink(Base):
    """One entry's place in the chain: a keyed hash over the link before it and everything the entry says."""

    __tablename__ = "audit_link"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 1, 2, 3 … without a gap
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("audit_entry.id"), unique=True)
    key_id: Mapped[str] = mapped_column(sa.String(8))
    code: Mapped[str] = mapped_column(sa.String(64))


class AuditHead(Base):
    """The end of the chain, in one row: held while links are added, so that two never take one place."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(64))


class AuditAnchor(Base):
    """How far the chain had come at a moment; the same goes to the log and to a file, out of the database's reach."""

    __tablename__ = "audit_anchor"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(64))
