"""The trail of one subject, or of several that are one person; search by actor, verb and day."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import sqlalchemy as sa

from portal.audit import sealing
from portal.audit.models import ActorKind, AuditEntry
from portal.foundation.database import db
from portal.foundation.pagination import Order, Page, slice_of

NEWEST = Order(AuditEntry.at, AuditEntry.id, descending=True)


def trail(subject_kind: str, subject_id: int, most: int = 50) -> Sequence[AuditEntry]:
    """What happened to one subject, newest first."""
    query = (
        sa.select(AuditEntry)
        .where(AuditEntry.subject_kind == subject_kind, AuditEntry.subject_id == subject_id)
        .order_by(AuditEntry.id.desc())
        .limit(most)
    )
    found = db.session.scalars(query).all()
    sealing.preload(found)
    return found


def trail_of(subjects: Mapping[str, Sequence[int]], most: int = 50) -> Sequence[AuditEntry]:
    """What happened to several subjects that are one to the reader, such as a person, newest first.

    Args:
        subjects: their ids by kind.
        most: entries of all of them together.
    """
    if not any(subjects.values()):
        return []
    # The newest of each kind come off the index, which holds no order across kinds.
    newest = [
        sa.select(AuditEntry.id)
        .where(AuditEntry.subject_kind == kind, AuditEntry.subject_id.in_(ids))
        .order_by(AuditEntry.id.desc())
        .limit(most)
        .subquery()
        for kind, ids in subjects.items()
        if ids
    ]
    theirs = sa.union_all(*(sa.select(one.c.id) for one in newest))
    query = sa.select(AuditEntry).where(AuditEntry.id.in_(theirs)).order_by(AuditEntry.id.desc()).limit(most)
    found = db.session.scalars(query).all()
    sealing.preload(found)
    return found


def entries(
    *,
    who: str = "",
    persons: Mapping[str, Sequence[int]] = MappingProxyType({}),
    verb: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    after: str = "",
    before: str = "",
    size: int = 50,
) -> Page[AuditEntry]:
    """A page of the whole trail, newest first.

    Args:
        who: the beginning of an actor's or subject's name; of those that are not sealed.
        persons: the rows of persons, by kind, who have this name: theirs are.
        verb: what was done.
        since: not before.
        until: before.
        after: the mark of the page before.
        before: the mark of the page after.
        size: entries on a page.
    """
    query = sa.select(AuditEntry)
    if who:
        query = query.where(sa.or_(*_named(who), *_about(persons)))
    if verb:
        query = query.where(AuditEntry.verb == verb)
    if since:
        query = query.where(AuditEntry.at >= since)
    if until:
        query = query.where(AuditEntry.at < until)
    page = slice_of(query, NEWEST, after=after, before=before, size=size)
    sealing.preload(page.rows)
    return page


def _named(who: str) -> Iterator[sa.ColumnElement[bool]]:
    for name in (AuditEntry.stored_actor_name, AuditEntry.stored_subject_name):
        yield name.istartswith(who, autoescape=True)


def _about(persons: Mapping[str, Sequence[int]]) -> Iterator[sa.ColumnElement[bool]]:
    for kind, ids in persons.items():
        yield sa.and_(AuditEntry.subject_kind == kind, AuditEntry.subject_id.in_(ids))
        if kind == sealing.OF_ACTORS:
            yield sa.and_(AuditEntry.actor_kind == ActorKind.CUSTOMER, AuditEntry.actor_id.in_(ids))
