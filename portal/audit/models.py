"""AuditEntry, append-only: triggers refuse a change or a removal on both databases."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar, overload

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base
from portal.foundation.text import lazy

T = TypeVar("T")
ERASED = lazy("(erased)")


class ActorKind(StrEnum):
    """What kind of somebody did it."""

    CUSTOMER = "customer"
    STAFF = "staff"
    OPERATOR = "operator"  # a person at the shell
    SYSTEM = "system"  # the portal itself, as when something runs out
    VISITOR = "visitor"  # somebody not signed in


class Words(Generic[T]):
    """A column whose words may be sealed: on a row what they say, on the class the column as it is stored."""

    def __init__(self, erased: T) -> None:
        self.erased = erased  # what is told once their key is destroyed

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, row: None, owner: type) -> Any: ...
    @overload
    def __get__(self, row: "AuditEntry", owner: type) -> T: ...
    def __get__(self, row: "AuditEntry | None", owner: type) -> Any:
        if row is None:
            return getattr(owner, f"stored_{self.name}")
        if not row.keeps_sealed(self.name):
            return getattr(row, f"stored_{self.name}")
        return row.opened().get(self.name, self.erased)

    def __set__(self, row: "AuditEntry", value: T) -> None:
        setattr(row, f"stored_{self.name}", value)


class AuditEntry(Base):
    """One act: who, on whom, what, with before and after of every changed field.

    What is personal in it is stored as one sealed text, under the key of the person (see `audit.sealing`); an empty
    one is of somebody who was erased before it was written.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index(None, "subject_kind", "subject_id", "id"),
        sa.Index(None, "actor_kind", "actor_id", "id"),
        sa.Index(None, "at", "id"),
        sa.Index(None, "verb", "at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    actor_kind: Mapped[ActorKind]
    actor_id: Mapped[int | None]
    stored_actor_name: Mapped[str] = mapped_column("actor_name", sa.String(255))
    subject_kind: Mapped[str] = mapped_column(sa.String(32))  # customer, group, staff_member, audience, …
    subject_id: Mapped[int | None]
    stored_subject_name: Mapped[str] = mapped_column("subject_name", sa.String(255))
    verb: Mapped[str] = mapped_column(sa.String(64))
    stored_changes: Mapped[dict[str, Any]] = mapped_column("changes", sa.JSON)
    stored_reason: Mapped[str] = mapped_column("reason", sa.Text, default="")
    request_number: Mapped[str] = mapped_column(sa.String(16), default="")
    subject_words: Mapped[str | None] = mapped_column(sa.Text)  # name, changes and reason, sealed
    actor_words: Mapped[str | None] = mapped_column(sa.Text)  # the name, sealed

    actor_name = Words(ERASED)
    subject_name = Words(ERASED)
    changes = Words[dict[str, Any]]({})  # field: [before, after]
    reason = Words("")

    @property
    def is_sealed(self) -> bool:
        return self.subject_words is not None or self.actor_words is not None

    def keeps_sealed(self, name: str) -> bool:
        """Whether a column's words are in the sealed text."""
        return (self.actor_words if name == "actor_name" else self.subject_words) is not None

    def opened(self) -> dict[str, Any]:
        """The sealed words, without those whose key is destroyed."""
        from portal.audit import sealing  # noqa: PLC0415 - it knows this table, and how to open is its business

        return sealing.words_of(self)


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
