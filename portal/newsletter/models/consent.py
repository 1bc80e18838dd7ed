"""The consent ledger: who agreed to what, when, where, and in front of which words."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.foundation.clock import now
from portal.foundation.database import Base


class ConsentAction(StrEnum):
    """One step of consent."""

    REQUEST = "request"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"
    IMPORT = "import"
    ADMIN = "admin"


class ConsentSource(StrEnum):
    """Where a step was taken."""

    REGISTRATION = "registration"
    ACCOUNT = "account"
    PUBLIC_FORM = "public-form"
    MAILED_LINK = "mailed-link"
    ONE_CLICK = "one-click"
    STAFF = "staff"


class FormVersion(Base):
    """The words that stood beside a tick or button, kept once per wording."""

    __tablename__ = "form_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)  # SHA-256 of locale and text
    text: Mapped[str] = mapped_column(sa.Text)
    locale: Mapped[str] = mapped_column(sa.String(16))
    created_at: Mapped[datetime] = mapped_column(default=now)


class ConsentEvent(Base):
    """One step of one address in one audience; added, never changed.

    The one change that the database's trigger lets through is emptying `email` when the person is erased (GDPR
    Art. 7(1) asks for proof, Art. 17 for forgetting; `subject_hmac` serves both).
    """

    __tablename__ = "consent_event"
    __table_args__ = (sa.Index(None, "subject_hmac", "audience_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_hmac: Mapped[str] = mapped_column(sa.String(64))
    email: Mapped[str | None] = mapped_column(sa.String(320))
    audience_id: Mapped[int] = mapped_column(sa.ForeignKey("audience.id"))
    action: Mapped[ConsentAction]
    source: Mapped[ConsentSource]
    at: Mapped[datetime] = mapped_column(default=now)
    form_version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("form_version.id"))
    address: Mapped[str] = mapped_column(sa.String(64), default="")  # network address
    browser: Mapped[str] = mapped_column(sa.String(255), default="")
    actor: Mapped[str] = mapped_column(sa.String(120), default="")  # who, when it was not the person

    form_version: Mapped[FormVersion | None] = relationship(lazy="joined")
