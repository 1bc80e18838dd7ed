"""Campaign, its frozen content, and the ledger of who it goes to: Delivery and DeliveryChunk."""

from datetime import datetime
from enum import IntEnum, StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.foundation.clock import now
from portal.foundation.database import Base, partial_index
from portal.newsletter.models.audience import Audience


class CampaignState(StrEnum):
    """Where a campaign stands; which step leads where is in rules."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    MISSED = "missed"  # its moment passed and nothing was sent: a person has to say whether it still goes
    PREPARING = "preparing"
    SENDING = "sending"
    FINISHING = "finishing"  # only mails that are tried again later are left
    FINISHED = "finished"
    PAUSING = "pausing"  # asked to stop; mails in hand are still being handed over
    PAUSED = "paused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


class DeliveryState(IntEnum):
    """Where the mail of one recipient stands."""

    QUEUED = 0
    INTENT = 1  # a sender has said that it begins
    ACCEPTED = 2
    REJECTED = 3  # 5xx
    DEFERRED = 4  # 4xx, tried again
    SKIPPED = 5
    UNKNOWN = 6  # the sender died between the last dot and the answer: never sent again by itself
    FAILED = 7  # tried until the end, or the message could not be made
    CANCELLED = 8


class ChunkState(IntEnum):
    """Where some hundred recipients, worked on by one sender at a time, stand."""

    OPEN = 0
    LEASED = 1
    DONE = 2


class CampaignContent(Base):
    """What a campaign says; never changed, a new wording is a new row, and a launched campaign keeps its own."""

    __tablename__ = "campaign_content"

    id: Mapped[int] = mapped_column(primary_key=True)
    sender: Mapped[str] = mapped_column(sa.String(320))  # the From header
    reply_to: Mapped[str] = mapped_column(sa.String(320), default="")
    subject: Mapped[str] = mapped_column(sa.String(255))
    preview_text: Mapped[str] = mapped_column(sa.String(255), default="", server_default="")  # beside the subject
    blocks: Mapped[list[dict[str, str]]] = mapped_column(
        sa.JSON, default=list, server_default="[]"
    )  # as it was written
    html: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Campaign(Base):
    """One message to one audience."""

    __tablename__ = "campaign"
    __table_args__ = (sa.Index(None, "state", "send_at"), sa.Index(None, "audience_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(32), unique=True)
    audience_id: Mapped[int] = mapped_column(sa.ForeignKey("audience.id"))
    name: Mapped[str] = mapped_column(sa.String(120))
    state: Mapped[CampaignState] = mapped_column(default=CampaignState.DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    content_id: Mapped[int | None] = mapped_column(sa.ForeignKey("campaign_content.id"))
    send_at: Mapped[datetime | None]
    stop_trying_at: Mapped[datetime | None]
    per_hour: Mapped[int | None]  # at most so many mails an hour; None: as fast as the mail server takes them
    next_slot_at: Mapped[datetime | None]  # from when the next chunk may be claimed under `per_hour`
    candidates: Mapped[int] = mapped_column(default=0)  # everybody the audience held when it was frozen
    excluded: Mapped[dict[str, int]] = mapped_column(sa.JSON, default=dict)  # of them, left out, by reason
    queued: Mapped[int] = mapped_column(default=0)  # of them, in the ledger
    pause_reason: Mapped[str] = mapped_column(sa.String(32), default="")  # why it stopped, when nobody asked it to
    # What the mail server said then, one line for each domain that it was about; never anybody's address.
    pause_said: Mapped[str] = mapped_column(sa.String(1000), default="", server_default="")
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    pace_at: Mapped[datetime | None]  # when the worker last looked how many were settled
    pace_settled: Mapped[int] = mapped_column(default=0)  # then
    per_minute: Mapped[int] = mapped_column(default=0)  # settled lately
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[str] = mapped_column(sa.String(120), default="")
    # A segment may be gone; then only the number is left, and nothing more is sent by it.
    segment_id: Mapped[int | None]
    excluded_segment_ids: Mapped[list[int]] = mapped_column(sa.JSON, default=list, server_default="[]")
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="", server_default="")  # that send_at was typed in
    tracks_clicks: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # Anybody may read it on the web.
    is_archived: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    domain_reason: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")  # why it goes unproven

    audience: Mapped[Audience] = relationship(lazy="joined")
    content: Mapped[CampaignContent | None] = relationship(lazy="select")


# Written out, for the index and for whoever wants to use it: SQLite takes a partial index only for the very same words.
IS_LOOSE = sa.text("NOT is_packed")


class DeliveryChunk(Base):
    """Recipients from one subscription id to another; whoever holds its lease with its `epoch` may send to them.

    The counts are of settled rows, written with them in one transaction: progress never counts the ledger.
    """

    __tablename__ = "delivery_chunk"
    __table_args__ = (
        partial_index("ix_delivery_chunk_open", "campaign_id", "number", where=sa.text("state < 2")),
        partial_index("ix_delivery_chunk_loose", "campaign_id", "number", where=IS_LOOSE),
    )

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_id: Mapped[int]
    last_id: Mapped[int]
    size: Mapped[int]
    state: Mapped[int] = mapped_column(sa.SmallInteger, default=ChunkState.OPEN)
    due_at: Mapped[datetime]  # from when it may be claimed: schedule, next try and end of a lease in one
    worker: Mapped[str] = mapped_column(sa.String(120), default="")
    epoch: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    unknown: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)
    is_packed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # see DeliveryBits


class Delivery(Base):
    """The mail of one recipient; the primary key alone keeps anybody from getting a campaign twice.

    No foreign keys: a million rows are written in one statement, and a row outlives the subscription it was for.
    """

    __tablename__ = "delivery"

    campaign_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subscription_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chunk: Mapped[int]
    state: Mapped[int] = mapped_column(sa.SmallInteger, default=DeliveryState.QUEUED)
    attempt: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    epoch: Mapped[int] = mapped_column(default=0)  # of the chunk when the intent was written
    retry_at: Mapped[datetime | None]
    code: Mapped[str | None] = mapped_column(sa.String(120))  # what the server said, or why it was skipped
    at: Mapped[datetime | None]  # of the last change
