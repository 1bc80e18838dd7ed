"""Account: an address, a password, and whether it may sign in."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class Realm(StrEnum):
    """Customers and staff never mix: an address may exist once in each."""

    CUSTOMER = "customer"
    STAFF = "staff"


class AccountStatus(StrEnum):
    """Whether the account may be used at all."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class Hold(StrEnum):
    """Why the right password opens only the waiting page."""

    WAITING = "waiting"
    DECLINED = "declined"


class Account(Base):
    """Somebody who may sign in.

    `epoch` goes up when every session must end; `held_for` is written by the verbs of groups alone.
    """

    __tablename__ = "account"
    __table_args__ = (sa.UniqueConstraint("realm", "email_key"), sa.Index(None, "last_sign_in_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    realm: Mapped[Realm]
    email: Mapped[str] = mapped_column(sa.String(320))
    email_key: Mapped[str] = mapped_column(sa.String(320))
    password_hash: Mapped[str] = mapped_column(sa.String(128))
    password_changed_at: Mapped[datetime] = mapped_column(default=now)
    email_confirmed_at: Mapped[datetime | None]
    status: Mapped[AccountStatus] = mapped_column(default=AccountStatus.ENABLED)
    epoch: Mapped[int] = mapped_column(default=0)
    held_for: Mapped[Hold | None]
    held_at: Mapped[datetime | None]
    closing_at: Mapped[datetime | None] = mapped_column(index=True)  # its owner asked for the end, on this moment
    locale: Mapped[str] = mapped_column(sa.String(16), default="en")
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_sign_in_at: Mapped[datetime | None]

    @property
    def is_enabled(self) -> bool:
        return self.status is AccountStatus.ENABLED
