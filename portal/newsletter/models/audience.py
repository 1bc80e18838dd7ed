"""Audience, and Subscription: the state in force, written together with its ledger line."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.foundation.clock import now
from portal.foundation.database import Base, partial_index


class SubscriptionState(StrEnum):
    """How an address stands to an audience."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    CLEANED = "cleaned"  # its mails bounced
    COMPLAINED = "complained"


# Written out, for the index and for whoever wants to use it: SQLite takes a partial index only for the very same words.
IS_PENDING = sa.text("state = 'pending'")


class Audience(Base):
    """Who a newsletter goes to; exactly one is the default that the registration tick means.

    `slug` stands in the forms of storefronts and in the mails that were sent, so it stays once anybody was in it. With
    `single_opt_in` its public form puts an address in force at once, without the mailed link.
    """

    __tablename__ = "audience"
    __table_args__ = (partial_index("uq_audience_default", "is_default", where=sa.text("is_default"), unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    description: Mapped[str] = mapped_column(sa.Text, default="")
    is_public: Mapped[bool] = mapped_column(default=True)
    is_default: Mapped[bool] = mapped_column(default=False)
    single_opt_in: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    sender_name: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    sender_email: Mapped[str] = mapped_column(sa.String(320), default="", server_default="")
    has_archive: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    retired_at: Mapped[datetime | None]  # nobody comes in and nothing is sent any more
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def is_open(self) -> bool:
        """Whether people may choose it themselves."""
        return self.is_public and self.retired_at is None


class Subscription(Base):
    """One address in one audience.

    An unsubscribe link works for ever, so its id must never come to mean somebody else: AUTOINCREMENT, as the migration
    says. Said here, it would load the dialect of SQLite on PostgreSQL, too.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        sa.UniqueConstraint("audience_id", "email_key"),
        sa.Index(None, "audience_id", "state", "id"),
        sa.Index(None, "customer_id"),
        sa.Index(None, "email_key"),
        partial_index("ix_subscription_pending", "changed_at", where=IS_PENDING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    audience_id: Mapped[int] = mapped_column(sa.ForeignKey("audience.id"))
    email: Mapped[str] = mapped_column(sa.String(320))
    email_key: Mapped[str] = mapped_column(sa.String(320))
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customer.id", ondelete="SET NULL"))
    state: Mapped[SubscriptionState]
    days_between: Mapped[int] = mapped_column(default=0, server_default="0")  # from one campaign to the next, at least
    counts_clicks: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # its owner said yes to it
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    bounce_score: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    bounced_at: Mapped[datetime | None]

    audience: Mapped[Audience] = relationship(lazy="joined")
