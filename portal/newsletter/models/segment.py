"""Segment: a part of an audience, by conditions that are asked anew each time."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.foundation.clock import now
from portal.foundation.database import Base
from portal.newsletter.models.audience import Audience


class Segment(Base):
    """Who of an audience fits conditions; `conditions` is what rules.segments reads and writes."""

    __tablename__ = "segment"
    __table_args__ = (sa.UniqueConstraint("audience_id", "name_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    audience_id: Mapped[int] = mapped_column(sa.ForeignKey("audience.id"))
    name: Mapped[str] = mapped_column(sa.String(120))
    name_key: Mapped[str] = mapped_column(sa.String(400))  # folded
    conditions: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[str] = mapped_column(sa.String(120), default="")
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[str] = mapped_column(sa.String(120), default="")

    audience: Mapped[Audience] = relationship(lazy="joined")
