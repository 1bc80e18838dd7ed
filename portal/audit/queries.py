"""The trail of one subject; search by actor, verb and day."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from portal.audit.models import AuditEntry
from portal.foundation.database import db
from portal.foundation.pagination import Order, Page, slice_of

NEWEST = Order(AuditEntry.id, AuditEntry.id, descending=True)


def trail(subject_kind: str, subject_id: int, most: int = 50) -> Sequence[AuditEntry]:
    """What happened to one subject, newest first."""
    query = (
        sa.select(AuditEntry)
        .where(AuditEntry.subject_kind == subject_kind, AuditEntry.subject_id == subject_id)
        .order_by(AuditEntry.id.desc())
        .limit(most)
    )
    return db.session.scalars(query).all()


def entries(
    *,
    who: str = "",
    verb: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    after: str = "",
    before: str = "",
    size: int = 50,
) -> Page[AuditEntry]:
    """A page of the whole trail, newest first; `who` is the beginning of an actor's or subject's name."""
    query = sa.select(AuditEntry)
    if who:
        query = query.where(
            sa.or_(
                AuditEntry.actor_name.istartswith(who, autoescape=True),
                AuditEntry.subject_name.istartswith(who, autoescape=True),
            )
        )
    if verb:
        query = query.where(AuditEntry.verb == verb)
    if since:
        query = query.where(AuditEntry.at >= since)
    if until:
        query = query.where(AuditEntry.at < until)
    return slice_of(query, NEWEST, after=after, before=before, size=size)
