"""PersonKey: what the personal words of audit entries are sealed with; who destroys it erases them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class PersonKey(Base):
    """The key of one person under one kind of row: customer or account.

    It is sealed itself, with the ring. The row outlives the key, so that nothing about an erased person is written
    down again by whoever was still at work.
    """

    __tablename__ = "person_key"
    __table_args__ = (sa.UniqueConstraint("kind", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(32))
    person_id: Mapped[int]
    sealed: Mapped[str | None] = mapped_column(sa.String(255))  # none once it is destroyed
    made_at: Mapped[datetime] = mapped_column(default=now)
    destroyed_at: Mapped[datetime | None]
