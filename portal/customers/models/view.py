"""CustomerView: a member of staff looked at a customer."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class CustomerView(Base):
    """One look, however many pages it took."""

    __tablename__ = "customer_view"
    __table_args__ = (sa.Index(None, "customer_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id", ondelete="CASCADE"))
    member_id: Mapped[int]  # of the staff, whose rows are not this feature's
    member_name: Mapped[str] = mapped_column(sa.String(120))
    at: Mapped[datetime] = mapped_column(default=now)
