"""Application with its history."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.customers.models import Customer
from portal.foundation.clock import now
from portal.foundation.database import Base, partial_index
from portal.groups.models.group import CustomerGroup


class ApplicationState(StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    NEEDS_INFORMATION = "needs-information"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Step(StrEnum):
    """What happened to an application."""

    SUBMITTED = "submitted"
    ASKED = "asked"
    ANSWERED = "answered"
    SECONDED = "seconded"  # the first of two approvals
    APPROVED = "approved"
    DECLINED = "declined"
    UNDONE = "undone"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN_STATES = (ApplicationState.SUBMITTED, ApplicationState.NEEDS_INFORMATION)
_IS_OPEN = sa.text("state IN ('submitted', 'needs-information')")
_IS_PENDING = sa.text("undo_until IS NOT NULL")


class Application(Base):
    """A wish to join a group: a record of its own, never deleted, decided once; a customer has one open at a time.

    While `undo_until` says something, the decision is taken and not carried out: to its customer it waits still.
    """

    __tablename__ = "application"
    __table_args__ = (
        partial_index("uq_application_open", "customer_id", where=_IS_OPEN, unique=True),
        sa.Index(None, "state", "submitted_at", "id"),
        partial_index("ix_application_open", "submitted_at", "id", where=_IS_OPEN),
        partial_index("ix_application_open_group", "group_id", "submitted_at", "id", where=_IS_OPEN),
        sa.Index(None, "decided_at"),
        partial_index("ix_application_pending", "undo_until", where=_IS_PENDING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("customer_group.id"))
    state: Mapped[ApplicationState] = mapped_column(default=ApplicationState.SUBMITTED)
    message: Mapped[str] = mapped_column(sa.Text, default="")  # what the applicant wrote
    submitted_at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]  # a question of ours; from then it is our turn again
    reminded_at: Mapped[datetime | None]  # approvers heard that it waits too long
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(sa.String(120), default="")
    reason: Mapped[str] = mapped_column(sa.Text, default="")  # told to the customer
    may_reapply_at: Mapped[datetime | None]  # of a declined one; none: no more applications for this group
    seconded_by: Mapped[str] = mapped_column(sa.String(120), default="")  # who gave the first of two approvals
    seconded_by_id: Mapped[int | None]
    seconded_at: Mapped[datetime | None]
    releases_address: Mapped[bool] = mapped_column(default=False)  # of one declined for good: it may register anew
    undo_until: Mapped[datetime | None]  # empty again once the decision is carried out

    customer: Mapped[Customer] = relationship(lazy="joined")
    group: Mapped[CustomerGroup] = relationship(lazy="joined")
    events: Mapped[list["ApplicationEvent"]] = relationship(order_by="ApplicationEvent.id")

    @property
    def our_turn_since(self) -> datetime:
        """Since when the applicant waits for a word of ours."""
        return self.answered_at or self.submitted_at

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_pending(self) -> bool:
        """Whether it is decided, and the decision can be taken back still."""
        return self.undo_until is not None

    @property
    def waits(self) -> bool:
        """Whether it waits as far as its customer knows."""
        return self.is_open or self.is_pending


class ApplicationEvent(Base):
    """One step of an application, the state it led to, and what was said; added, never changed."""

    __tablename__ = "application_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    step: Mapped[Step] = mapped_column(default=Step.SUBMITTED)
    state: Mapped[ApplicationState]
    who: Mapped[str] = mapped_column(sa.String(120))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
