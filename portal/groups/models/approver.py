"""What approvers work with: who decides what, reasons to say no, many decisions at once, the mail of a day."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.foundation.clock import now
from portal.foundation.database import Base
from portal.groups.models.group import CustomerGroup
from portal.staff.models import StaffMember
from portal.stores.models import Store


class ApproverScope(Base):
    """A limit: this member decides about this group (none: every group) and this store's customers (none: all).

    A member without any limit decides about everything, a member with several about all that one of them covers.
    """

    __tablename__ = "approver_scope"
    __table_args__ = (sa.Index(None, "staff_member_id"), sa.Index(None, "group_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_member_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id", ondelete="CASCADE"))
    group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customer_group.id", ondelete="CASCADE"))
    store_id: Mapped[int | None] = mapped_column(sa.ForeignKey("store.id", ondelete="CASCADE"))

    member: Mapped[StaffMember] = relationship(lazy="joined")
    group: Mapped[CustomerGroup | None] = relationship(lazy="joined")
    store: Mapped[Store | None] = relationship(lazy="joined")


class DeclineReason(Base):
    """A sentence that the shop keeps for saying no; it is mailed as it stands."""

    __tablename__ = "decline_reason"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    words: Mapped[str] = mapped_column(sa.String(300))
    place: Mapped[int] = mapped_column(default=0)


class DecisionRun(Base):
    """Several applications decided by one press, and what became of each."""

    __tablename__ = "decision_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_member_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    decision: Mapped[str] = mapped_column(sa.String(16))
    results: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)  # application, ok, words


class ApproverDigest(Base):
    """The mail about waiting applications that a member got on a day: one, however many workers there are."""

    __tablename__ = "approver_digest"

    staff_member_id: Mapped[int] = mapped_column(
        sa.ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(primary_key=True)
