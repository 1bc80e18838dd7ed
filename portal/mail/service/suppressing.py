"""Keep away from addresses: those that bounced or complained, and those that get too much."""

from collections.abc import Collection

import sqlalchemy as sa

from portal.foundation import crypto, emails
from portal.foundation.database import db
from portal.foundation.text import _
from portal.mail import rules
from portal.mail.models import OutboxMessage, State, Suppression
from portal.mail.service import posting

PURPOSE = "suppression"


def suppress(email: str, reason: str) -> None:
    """Never write to an address again; saying so twice is harmless."""
    db.session.merge(Suppression(email_key=emails.key(email), reason=reason))
    db.session.flush()


def keep_hashed(email_keys: Collection[str]) -> None:
    """Have addresses that are to be erased stay suppressed: under a hash that only we can make, without the reason."""
    known = sa.delete(Suppression).where(Suppression.email_key.in_(email_keys)).returning(Suppression.email_key)
    for key in db.session.scalars(known).all():
        db.session.merge(Suppression(email_key=_hashes(key)[0], reason=_("It was so before an erasure.")))
    db.session.flush()


def objection(message: OutboxMessage, to: str) -> str:
    """Why a mail must not leave now, in words for staff; empty when it may."""
    key = emails.key(to)
    known = db.session.scalar(sa.select(Suppression).where(Suppression.email_key.in_([key, *_hashes(key)])).limit(1))
    if known is not None:
        return _("This address is not written to: %(reason)s", reason=known.reason)
    if posting.kind_of(message).limited:
        return _over_quota(message)
    return ""


def _hashes(email_key: str) -> list[str]:
    return crypto.keyed_hashes(PURPOSE, email_key)


def _over_quota(message: OutboxMessage) -> str:
    """Only earlier mails count, sent or about to be, so workers that judge side by side judge alike."""
    longest = max(quota.window for quota in rules.QUOTAS)
    earlier = db.session.scalars(
        sa.select(OutboxMessage.created_at).where(
            OutboxMessage.to_key == message.to_key,
            OutboxMessage.id < message.id,
            OutboxMessage.created_at > message.created_at - longest,
            OutboxMessage.kind.in_(posting.limited_kinds()),
            OutboxMessage.state.not_in([State.SUPPRESSED, State.FAILED]),
        )
    )
    quota = rules.quota_exceeded([message.created_at - moment for moment in earlier])
    if quota is None:
        return ""
    hours = round(quota.window.total_seconds() / 3600)
    return _("Too many mails to this address: at most %(mails)s in %(hours)s h.", mails=quota.mails, hours=hours)
