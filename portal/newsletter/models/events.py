"""DeliveryEvent: what came of a mail after it was sent; InboundReport: what mail servers and providers wrote to us."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base, partial_index


class EventKind(StrEnum):
    """What happened."""

    HARD = "hard"  # the mailbox is not there
    SOFT = "soft"  # it is, and took nothing this time
    POLICY = "policy"  # refused for what we are or wrote: never the recipient's fault
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    TOUCH = "touch"  # a link was fetched, and whether by a person is not judged yet
    CLICK = "click"  # by a person
    SCAN = "scan"  # by a program that looks through mails


# Written out, for the index and for whoever wants to use it: SQLite takes a partial index only for the very same words.
IS_TOUCH = sa.text("kind = 'touch'")


class DeliveryEvent(Base):
    """Something that a recipient, a mail server or a provider did about one mail of a campaign.

    Once for each link and slot: `slot` is the hour since 1970 of what concerns links, and 0 for all that happens once.
    No foreign keys: like the ledger, a row outlives the subscription that it is about.
    """

    __tablename__ = "delivery_event"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "kind", "subscription_id", "link_id", "slot"),
        sa.Index(None, "subscription_id", "campaign_id"),
        partial_index("ix_delivery_event_touch", "at", where=IS_TOUCH),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int]
    subscription_id: Mapped[int]
    kind: Mapped[EventKind]
    link_id: Mapped[int] = mapped_column(default=0)  # 0: about no link
    slot: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(default=now)
    detail: Mapped[str] = mapped_column(sa.String(255), default="")  # what the server said, or why it is no person


class CampaignLink(Base):
    """A link of a campaign; redirects go to addresses that stand here and to no others."""

    __tablename__ = "campaign_link"
    __table_args__ = (sa.UniqueConstraint("campaign_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    position: Mapped[int] = mapped_column(sa.SmallInteger)  # 0: the hidden one, which no person sees
    url: Mapped[str] = mapped_column(sa.Text)
    label: Mapped[str] = mapped_column(sa.String(120), default="")  # what stands in the link, as readers see it


class ReportKind(StrEnum):
    """What an inbound report turned out to be."""

    NEW = "new"  # nobody has read it yet
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    DELAY = "delay"  # the server still tries
    REPLY = "reply"  # a person's, or their mail program's: away, read, thank you
    UNCLEAR = "unclear"  # somebody has to look at it
    IGNORED = "ignored"  # somebody has, and nothing is to be done


class InboundReport(Base):
    """A mail to the address that bounces go to, as it came; kept before anything is made of it."""

    __tablename__ = "inbound_report"
    __table_args__ = (sa.Index(None, "kind", "id"), sa.Index(None, "subscription_id"), sa.Index(None, "received_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)  # SHA-256 of all of it
    received_at: Mapped[datetime] = mapped_column(default=now)
    recipient: Mapped[str] = mapped_column(sa.String(320), default="")  # of the envelope
    size: Mapped[int]  # bytes, of all of it
    raw: Mapped[bytes] = mapped_column(sa.LargeBinary)  # the first 256 KB
    kind: Mapped[ReportKind] = mapped_column(default=ReportKind.NEW)
    subject: Mapped[str] = mapped_column(sa.String(255), default="")
    campaign_id: Mapped[int | None]
    subscription_id: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(sa.String(255), default="")  # what was read out of it
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str] = mapped_column(sa.String(120), default="")  # who decided, where the portal could not
