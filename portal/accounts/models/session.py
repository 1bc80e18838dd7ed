"""SignInSession: one row per browser that is signed in, or half way there."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models.account import Account
from portal.foundation.clock import now
from portal.foundation.database import Base


class SessionKind(StrEnum):
    """What a session opens."""

    CUSTOMER = "customer"
    APPLICANT = "applicant"  # only the waiting page
    STAFF = "staff"
    FLOW = "flow"  # a recovery half way: nobody is signed in
    RESET = "reset"  # a recovery that may set a new password: nobody is signed in
    SECOND_STEP = "second-step"  # the password was right, the second factor is still asked: nobody is signed in


SIGNED_IN = (SessionKind.CUSTOMER, SessionKind.APPLICANT, SessionKind.STAFF)


class SignInSession(Base):
    """One signed-in browser; its cookie holds a random handle, this row the handle's digest.

    It is in force while not revoked, used within `idle_seconds`, before `expires_at`, its account enabled and of the
    same epoch.
    """

    __tablename__ = "sign_in_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    kind: Mapped[SessionKind]
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    epoch: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
    authenticated_at: Mapped[datetime] = mapped_column(default=now)
    methods: Mapped[str] = mapped_column(sa.String(64), default="password")  # how, as "password totp"
    device_id: Mapped[int | None] = mapped_column(sa.ForeignKey("device.id", ondelete="SET NULL"))
    seen_at: Mapped[datetime] = mapped_column(default=now)  # written once a minute at the most
    idle_seconds: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    browser: Mapped[str] = mapped_column(sa.String(120), default="")  # in words, as "Chrome on Windows"
    revoked_at: Mapped[datetime | None]
    revoked_for: Mapped[str] = mapped_column(sa.String(40), default="")

    account: Mapped[Account] = relationship(lazy="joined")
