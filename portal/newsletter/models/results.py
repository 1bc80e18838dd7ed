"""Sums of campaigns and audiences, folded by the worker so that no page counts a ledger."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.database import Base


class CampaignResult(Base):
    """What came of a campaign after it was sent; how its mails were handed over stands in its chunks."""

    __tablename__ = "campaign_result"

    campaign_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_stale: Mapped[bool] = mapped_column(default=False)  # something happened that is not in the sums
    folded_at: Mapped[datetime | None]
    is_counted: Mapped[bool] = mapped_column(default=False)  # it is over, and all of its chunks are in the sums
    pause_from: Mapped[int] = mapped_column(default=0)  # mails that went wrong, from which it is paused once more
    hard: Mapped[int] = mapped_column(default=0)
    soft: Mapped[int] = mapped_column(default=0)
    policy: Mapped[int] = mapped_column(default=0)
    complaints: Mapped[int] = mapped_column(default=0)
    unsubscribes: Mapped[int] = mapped_column(default=0)
    late: Mapped[int] = mapped_column(default=0)  # mails handed over well after their recipient had left
    clickers: Mapped[int] = mapped_column(default=0)  # people with a click
    clicks: Mapped[int] = mapped_column(default=0)
    scans: Mapped[int] = mapped_column(default=0)


class CampaignCounter(Base):
    """One part of a campaign's results: of an hour, a link or a mail domain."""

    __tablename__ = "campaign_counter"

    campaign_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    figure: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    part: Mapped[str] = mapped_column(sa.String(255), primary_key=True)  # hour since 1970, id of a link, or domain
    value: Mapped[int]


class ChunkReading(Base):
    """How much of a chunk's results is in the sums."""

    __tablename__ = "chunk_reading"

    campaign_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rejected: Mapped[int] = mapped_column(default=0)  # of them, the bounces that were noted
    is_counted: Mapped[bool] = mapped_column(default=False)  # by domain, once it is done


class AudienceDay(Base):
    """How an audience changed on one day in the shop's time zone; written once, when the day is over."""

    __tablename__ = "audience_day"

    audience_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    joined: Mapped[int]
    left: Mapped[int]
    subscribed: Mapped[int | None]  # at the end of the day, where somebody counted then


class ReadingMark(Base):
    """How far a ledger was read by those who fold it."""

    __tablename__ = "reading_mark"

    name: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    last_id: Mapped[int] = mapped_column(default=0)
