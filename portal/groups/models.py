"""CustomerGroup, Membership, Application with its history."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.customers.models import Customer
from portal.foundation.clock import now
from portal.foundation.database import Base, partial_index


class Approval(StrEnum):
    """What joining asks for."""

    NONE = "none"
    GATE = "gate"  # no sign-in before the decision
    UPGRADE = "upgrade"  # the default group meanwhile


class ApplicationState(StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    NEEDS_INFORMATION = "needs-information"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN_STATES = (ApplicationState.SUBMITTED, ApplicationState.NEEDS_INFORMATION)
_IS_OPEN = sa.text("state IN ('submitted', 'needs-information')")


class CustomerGroup(Base):
    """One set of terms; exactly one group is everybody's default."""

    __tablename__ = "customer_group"
    __table_args__ = (
        partial_index("uq_customer_group_default", "is_default", where=sa.text("is_default"), unique=True),
        sa.CheckConstraint("NOT is_default OR approval = 'none'", name="default_needs_no_approval"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(64))
    name_key: Mapped[str] = mapped_column(sa.String(160), unique=True)  # folded
    description: Mapped[str] = mapped_column(sa.Text, default="")
    approval: Mapped[Approval] = mapped_column(default=Approval.NONE)
    at_registration: Mapped[bool] = mapped_column(default=False)
    is_default: Mapped[bool] = mapped_column(default=False)
    sort_order: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)


class Membership(Base):
    """A customer in a group; one of a customer's memberships is the preferred."""

    __tablename__ = "group_membership"
    __table_args__ = (
        sa.UniqueConstraint("customer_id", "group_id"),
        sa.Index(None, "group_id", "customer_id"),
        partial_index("uq_group_membership_preferred", "customer_id", where=sa.text("is_preferred"), unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id", ondelete="CASCADE"))
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("customer_group.id"))
    is_preferred: Mapped[bool] = mapped_column(default=True)
    since: Mapped[datetime] = mapped_column(default=now)
    given_by: Mapped[str] = mapped_column(sa.String(120), default="")

    group: Mapped[CustomerGroup] = relationship(lazy="joined")


class Application(Base):
    """A wish to join a group: a record of its own, never deleted, decided once; a customer has one open at a time."""

    __tablename__ = "application"
    __table_args__ = (
        partial_index("uq_application_open", "customer_id", where=_IS_OPEN, unique=True),
        sa.Index(None, "state", "submitted_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("customer_group.id"))
    state: Mapped[ApplicationState] = mapped_column(default=ApplicationState.SUBMITTED)
    submitted_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(sa.String(120), default="")
    reason: Mapped[str] = mapped_column(sa.Text, default="")  # told to the customer

    customer: Mapped[Customer] = relationship(lazy="joined")
    group: Mapped[CustomerGroup] = relationship(lazy="joined")
    events: Mapped[list["ApplicationEvent"]] = relationship(order_by="ApplicationEvent.id")

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class ApplicationEvent(Base):
    """One step of an application; added, never changed."""

    __tablename__ = "application_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[ApplicationState]
    who: Mapped[str] = mapped_column(sa.String(120))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
