"""Address: parts as its country has them, with its uses."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.database import Base


class Address(Base):
    """One entry of a customer's address book."""

    __tablename__ = "customer_address"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(sa.String(64), default="")
    company: Mapped[str] = mapped_column(sa.String(120), default="")
    recipient: Mapped[str] = mapped_column(sa.String(130))
    address_1: Mapped[str] = mapped_column(sa.String(255))
    address_2: Mapped[str] = mapped_column(sa.String(255), default="")
    city: Mapped[str] = mapped_column(sa.String(120), default="")
    state: Mapped[str] = mapped_column(sa.String(120), default="")
    postcode: Mapped[str] = mapped_column(sa.String(20), default="")
    country: Mapped[str] = mapped_column(sa.String(2))
    telephone: Mapped[str] = mapped_column(sa.String(64), default="", server_default="")
    delivery_note: Mapped[str] = mapped_column(sa.String(255), default="", server_default="")
    gate_code: Mapped[str | None] = mapped_column(sa.String(255))  # encrypted: it opens somebody's door
    is_billing: Mapped[bool] = mapped_column(default=False)
    is_delivery: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
