"""Channel, and the ledger of who may be written to or called on which."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base
from portal.ledgers import lines
from portal.ledgers.lines import Ledger


class Channel(StrEnum):
    """A way to reach somebody."""

    EMAIL = "email"
    SMS = "sms"
    TELEPHONE = "telephone"
    POST = "post"


class ChannelAction(StrEnum):
    """One step of consent to a channel."""

    GRANT = "grant"
    WITHDRAW = "withdraw"


class ChannelSource(StrEnum):
    """Where a step was taken."""

    ACCOUNT = "account"
    STAFF = "staff"
    TILL = "till"
    IMPORT = "import"
    MERGE = "merge"
    TEXT_MESSAGE = "text-message"


class ChannelConsent(Base):
    """One step of one customer on one channel; added, never changed. The newest one of a channel is how it stands.

    Marketing by e-mail has a table of its own, the newsletter's; both are sealed in one chain (see `portal.ledgers`).
    The one change that the database's trigger lets through is emptying `words` and `who`, when a person is erased.
    """

    __tablename__ = "channel_consent"
    __table_args__ = (sa.Index(None, "customer_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id"))
    channel: Mapped[Channel]
    action: Mapped[ChannelAction]
    source: Mapped[ChannelSource]
    who: Mapped[str] = mapped_column(sa.String(120), default="")  # who, when it was not the person
    words: Mapped[str] = mapped_column(sa.Text)  # what stood beside the tick, or what was said
    at: Mapped[datetime] = mapped_column(default=now)


CHANNELS = Ledger(
    "channels", ChannelConsent, ("id", "customer_id", "channel", "action", "source", "at"), held=("who", "words")
)
lines.declare(CHANNELS)
