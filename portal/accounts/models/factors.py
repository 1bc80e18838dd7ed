"""What somebody has besides a password: an authenticator app, passkeys, recovery codes."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.clock import now
from portal.foundation.database import Base


class Authenticator(Base):
    """An app that shows codes (RFC 6238); its secret is encrypted, `last_step` keeps a code from working twice."""

    __tablename__ = "authenticator"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), unique=True)
    secret: Mapped[str] = mapped_column(sa.String(255))  # see foundation.crypto.encrypt
    last_step: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]  # none until a first code was right


class Passkey(Base):
    """A WebAuthn credential: the browser keeps the private key, this row the public one."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    credential: Mapped[str] = mapped_column(sa.String(1400), unique=True)  # its id, base64url
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    transports: Mapped[str] = mapped_column(sa.String(120), default="")
    name: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]


class Ceremony(Base):
    """One challenge given to a browser for a passkey: good in that browser, for one purpose, once, and soon over."""

    __tablename__ = "ceremony"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of the challenge
    purpose: Mapped[str] = mapped_column(sa.String(32))  # with the realm, as "staff sign-in"
    browser_digest: Mapped[str] = mapped_column(sa.String(64))  # of the handle of the browser that asked
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class RecoveryCode(Base):
    """One of ten codes on paper; each opens the second step once."""

    __tablename__ = "recovery_code"
    __table_args__ = (sa.UniqueConstraint("account_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(sa.String(64))  # keyed, see foundation.crypto.keyed_hash
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]
