"""Statutory: numbers that the state gives somebody, encrypted, with the state of registration."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.database import Base


class Statutory(Base):
    """At most one row a customer; a number that is not known is NULL.

    The numbers are encrypted (`service.statutory` seals and opens them), so nothing searches them.
    """

    __tablename__ = "customer_statutory"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id", ondelete="CASCADE"), unique=True)
    pan: Mapped[str | None] = mapped_column(sa.String(255))
    gstin: Mapped[str | None] = mapped_column(sa.String(255))
    vat_id: Mapped[str | None] = mapped_column(sa.String(255))
    drivers_licence: Mapped[str | None] = mapped_column(sa.String(255))
    state_of_registration: Mapped[str] = mapped_column(sa.String(64), default="")
