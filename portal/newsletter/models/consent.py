"""The consent ledger: who agreed to what, when, where, and in front of which words."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.foundation import networks
from portal.foundation.clock import now
from portal.foundation.database import Base, partial_index
from portal.ledgers import lines
from portal.ledgers.lines import Ledger

# Said literally, so that both databases see that the index of these lines answers it.
HAS_WHOLE = sa.text("address <> '' AND address NOT LIKE '%/%'")  # a network address that is not shortened yet


class ConsentAction(StrEnum):
    """One step of consent."""

    REQUEST = "request"
    MAIL_SENT = "mail-sent"  # the mail that asks to confirm was taken over by the mail server
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
    IMPORT = "import"
    COMPLAINT = "complaint"  # marked as spam in the mailbox


class FormVersion(Base):
    """The words that stood beside a tick or button, kept once per wording; added, never changed."""

    __tablename__ = "form_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)  # SHA-256 of all that follows
    text: Mapped[str] = mapped_column(sa.Text)
    locale: Mapped[str] = mapped_column(sa.String(16))
    is_ticked: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # whether the box began so
    privacy_version: Mapped[str] = mapped_column(sa.String(32), default="", server_default="")  # of the notice then
    created_at: Mapped[datetime] = mapped_column(default=now)


class ConsentImport(Base):
    """A file of people who agreed elsewhere: which, on what legal basis, since when, and who answers for it."""

    __tablename__ = "consent_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(sa.String(255))
    basis: Mapped[str] = mapped_column(sa.Text)
    given_on: Mapped[date]
    who: Mapped[str] = mapped_column(sa.String(120))
    at: Mapped[datetime] = mapped_column(default=now)


class ConsentEvent(Base):
    """One step of one address in one audience; added, never changed, and sealed (see `portal.ledgers`).

    What the database's trigger lets through is to empty `email`, `browser` and `actor`, and to shorten `address`
    (GDPR Art. 7(1) asks for proof, Art. 17 for forgetting; `subject_hmac` serves both).
    """

    __tablename__ = "consent_event"
    __table_args__ = (
        sa.Index(None, "subject_hmac", "audience_id", "id"),
        partial_index("ix_consent_event_whole_address", "at", where=HAS_WHOLE),
    )

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
    page: Mapped[str] = mapped_column(sa.String(255), default="", server_default="")  # where the button stood
    message_id: Mapped[str] = mapped_column(sa.String(255), default="", server_default="")  # of the mail that was sent
    reply: Mapped[str] = mapped_column(sa.String(255), default="", server_default="")  # what the mail server said to it
    import_id: Mapped[int | None] = mapped_column(sa.ForeignKey("consent_import.id"))

    form_version: Mapped[FormVersion | None] = relationship(lazy="joined")
    source_file: Mapped[ConsentImport | None] = relationship(lazy="select")


WORDS = Ledger("words", FormVersion, ("id", "digest", "text", "locale", "is_ticked", "privacy_version", "created_at"))
IMPORTS = Ledger("imports", ConsentImport, ("id", "file_name", "basis", "given_on", "at"), held=("who",))
NEWSLETTER = Ledger(
    "newsletter",
    ConsentEvent,
    (
        *("id", "subject_hmac", "audience_id", "action", "source", "at", "form_version_id", "import_id"),
        *("page", "message_id", "reply"),
    ),
    held=("email", "address", "browser", "actor"),
    shortened={"address": networks.shortened},
)
for _ledger in (WORDS, IMPORTS, NEWSLETTER):
    lines.declare(_ledger)
