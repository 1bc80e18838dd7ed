"""CoolingOff: a recovery without the answer, which waits a day so that its owner can stop it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class CoolingOff(Base):
    """Asked for behind a mailed link; warned of at once and before the end, then a link works without the answer."""

    __tablename__ = "cooling_off"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(index=True)
    reminded_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]  # the link without a question was mailed
    used_at: Mapped[datetime | None]
