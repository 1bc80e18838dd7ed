"""Device: a browser that has signed in fully before, and is trusted for that account alone."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class Device(Base):
    """One browser of one account; its cookie holds a random handle, this row the handle's digest.

    Trust means: tries from here are counted apart, so nobody else's wrong tries keep the owner out (OWASP, device
    cookies). It grants nothing else.
    """

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    browser: Mapped[str] = mapped_column(sa.String(120), default="")  # in words, as "Chrome on Windows"
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]
