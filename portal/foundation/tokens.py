"""Mailed links: a row that expires, serves one purpose, once.

The link carries the row's id and HMAC-SHA-256(key, id, purpose, salt): it is stored nowhere, so a copy of the database
opens nothing, and a mail that is sent again carries the same link. Opening a link changes nothing; redeeming it does.
"""

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation import crypto
from portal.foundation.clock import now
from portal.foundation.database import LARGEST_ID, Base, db
from portal.foundation.errors import Expired, NotFound
from portal.foundation.text import _


class ActionToken(Base):
    """One mailed link."""

    __tablename__ = "action_token"
    __table_args__ = (sa.Index(None, "purpose", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[int]
    outbox_id: Mapped[int | None] = mapped_column(unique=True)  # the mail that carries it, so a retry carries the same
    salt: Mapped[str] = mapped_column(sa.String(32))
    bound_to: Mapped[str] = mapped_column(sa.String(255), default="")  # what must still be so when it is redeemed
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Purpose:
    """What a link is for: a name that says whose id its subject is, and how long it works."""

    name: str
    lifetime: timedelta


def issue(
    purpose: Purpose,
    subject_id: int,
    *,
    outbox_id: int | None = None,
    bound_to: str = "",
) -> str:
    """Make a link for a subject and end the older ones of the same purpose; a mail's retry finds its own again."""
    if outbox_id is not None:
        row = db.session.scalar(sa.select(ActionToken).where(ActionToken.outbox_id == outbox_id))
        if row is not None:
            return _encode(row)
    revoke(purpose, subject_id)
    row = ActionToken(
        purpose=purpose.name,
        subject_id=subject_id,
        outbox_id=outbox_id,
        salt=secrets.token_hex(16),
        bound_to=bound_to,
        expires_at=now() + purpose.lifetime,
    )
    db.session.add(row)
    db.session.flush()
    return _encode(row)


def find(purpose: Purpose, token: str) -> ActionToken:
    """The row behind a link that still works; nothing is used up.

    Raises:
        NotFound: the link is not ours, or was made for something else.
        Expired: it was used, replaced by a newer one, or has run out.
    """
    row = _decode(purpose, token)
    if row.used_at is not None:
        raise Expired(_("This link was used already, or a newer one was sent."))
    if row.expires_at <= now():
        raise Expired(_("This link has run out."))
    return row


def redeem(purpose: Purpose, token: str) -> ActionToken:
    """Use a link up; of two at the same moment one wins.

    Raises:
        NotFound: as `find`.
        Expired: as `find`, or somebody was faster.
    """
    row = find(purpose, token)
    used = sa.update(ActionToken).where(ActionToken.id == row.id, ActionToken.used_at.is_(None)).values(used_at=now())
    if db.session.execute(used).rowcount != 1:  # type: ignore[attr-defined]  # an update's result is a CursorResult
        raise Expired(_("This link was used already, or a newer one was sent."))
    return row


def subject_of(purpose: Purpose, token: str) -> int:
    """Whose link it is, even when it was used or has run out: for saying that the work is done already.

    Raises:
        NotFound: as `find`.
    """
    return _decode(purpose, token).subject_id


def revoke(purpose: Purpose, subject_id: int) -> None:
    """End every open link of this purpose for a subject."""
    db.session.execute(
        sa.update(ActionToken)
        .where(
            ActionToken.purpose == purpose.name,
            ActionToken.subject_id == subject_id,
            ActionToken.used_at.is_(None),
        )
        .values(used_at=now())
    )


def sweep(kept: timedelta = timedelta(days=30)) -> None:
    """Delete links that ran out long ago."""
    db.session.execute(sa.delete(ActionToken).where(ActionToken.expires_at <= now() - kept))


def _encode(row: ActionToken) -> str:
    return _spellings(row)[0]


def _spellings(row: ActionToken) -> list[str]:
    """The link under every key of the ring, newest first: one that was mailed before a rotation works on."""
    codes = crypto.keyed_hashes("token", f"{row.id}:{row.purpose}:{row.salt}")
    whole = [row.id.to_bytes(8, "big") + bytes.fromhex(code) for code in codes]
    return [base64.urlsafe_b64encode(raw).decode().rstrip("=") for raw in whole]


def _decode(purpose: Purpose, token: str) -> ActionToken:
    unknown = NotFound(_("This link doesn’t work. Check that it is complete, or ask for a new one."))
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise unknown from None
    row_id = int.from_bytes(raw[:8], "big")
    row = db.session.get(ActionToken, row_id) if row_id <= LARGEST_ID else None
    if row is None or row.purpose != purpose.name:
        raise unknown
    # The text is compared, not its bytes: the last letter of base64 has bits that decode to nothing.
    if not any(hmac.compare_digest(token.encode(), known.encode()) for known in _spellings(row)):
        raise unknown
    return row
