"""PosSettings: what the till is told of a customer."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.database import Base


class PosSettings(Base):
    """At most one row a customer; without one nothing is allowed and nothing is noted."""

    __tablename__ = "customer_pos_settings"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id", ondelete="CASCADE"), unique=True)
    allow_credit_sale: Mapped[bool] = mapped_column(default=False)
    email_receipts: Mapped[bool] = mapped_column(default=False)
    price_note: Mapped[str] = mapped_column(sa.String(255), default="")
