"""CustomerMerge: two records that became one, with what it takes to undo that; NumberAlias: a number of before."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


def _customer(**kwargs: Any) -> Any:
    return mapped_column(sa.ForeignKey("customer.id", ondelete="CASCADE"), **kwargs)


class CustomerMerge(Base):
    """One merge: who stayed, who went, and how both were before."""

    __tablename__ = "customer_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = _customer(index=True)
    gone_id: Mapped[int] = _customer(index=True)
    kept_number: Mapped[str] = mapped_column(sa.String(32))  # as it was before
    gone_number: Mapped[str] = mapped_column(sa.String(32))
    merged_at: Mapped[datetime] = mapped_column(default=now)
    merged_by: Mapped[str] = mapped_column(sa.String(120))
    kept_version: Mapped[int]  # right after; a later one means that something was changed since
    before: Mapped[dict[str, Any]] = mapped_column(sa.JSON)  # see `service.merging`
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(sa.String(120), default="")


class NumberAlias(Base):
    """A number that a record had before it was merged: it still finds the customer."""

    __tablename__ = "customer_number_alias"

    number: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    customer_id: Mapped[int] = _customer(index=True)
    since: Mapped[datetime] = mapped_column(default=now)
