"""SenderDomain: what the DNS said of a domain that mails come from, when somebody last looked."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class SenderDomain(Base):
    """One domain; each of the three is `found`, `missing` or `silent` (nobody answered)."""

    __tablename__ = "sender_domain"

    domain: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    spf: Mapped[str] = mapped_column(sa.String(16), default="", server_default="")
    dkim: Mapped[str] = mapped_column(sa.String(16), default="", server_default="")
    dmarc: Mapped[str] = mapped_column(sa.String(16), default="", server_default="")
    checked_at: Mapped[datetime] = mapped_column(default=now)
