"""CustomerGroup, and who has its terms."""

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


class CustomerGroup(Base):
    """One set of terms; exactly one group is everybody's default.

    The last three columns say how applications for it are decided: by two people, with ten minutes to take a decision
    back, and within how many hours.
    """

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
    two_approvers: Mapped[bool] = mapped_column(default=False)
    may_undo: Mapped[bool] = mapped_column(default=False)
    answer_within: Mapped[int] = mapped_column(default=24)  # hours

    @property
    def asks_approval(self) -> bool:
        return self.approval is not Approval.NONE


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
    customer: Mapped[Customer] = relationship(lazy="select")
