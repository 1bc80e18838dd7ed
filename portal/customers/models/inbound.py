"""InboundText: that a text message was received, so that the gateway may send it twice."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class TextMeaning(StrEnum):
    """What a text message asks for."""

    STOP = "stop"
    START = "start"
    OTHER = "other"


class InboundText(Base):
    """One received text by the digest of the gateway's name for it; neither number nor words are kept here."""

    __tablename__ = "inbound_text"
    __table_args__ = (sa.Index(None, "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    meaning: Mapped[str] = mapped_column(sa.String(16))
    at: Mapped[datetime] = mapped_column(default=now)
