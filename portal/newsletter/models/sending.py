"""What senders know beside campaigns: where this database may send from, and when a mailbox provider is next."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class Installation(Base):
    """A place that opened this database: a copy of it that wakes up elsewhere must not mail the same people again."""

    __tablename__ = "installation"

    mark: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    place: Mapped[str] = mapped_column(sa.String(255))  # as a person reads it: the machine's name and the address
    seen_at: Mapped[datetime] = mapped_column(default=now)
    allowed_at: Mapped[datetime | None]  # since when campaigns may be sent from there
    allowed_by: Mapped[str] = mapped_column(sa.String(120), default="")


class DomainPace(Base):
    """A mailbox provider that gets so many mails an hour: when the next one may go."""

    __tablename__ = "domain_pace"

    domain: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    next_at: Mapped[float]  # seconds since 1970, which both databases add to alike
