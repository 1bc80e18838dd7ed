"""Emptying: entries of before there were keys of persons lose their words when the person is erased.

What such an entry said can't be held against its link any more, but the link still carries the chain on. So that
nobody hides an act this way, the erasure names in an entry of its own which ones it emptied.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from portal.audit.models import ActorKind, AuditEntry
from portal.audit.sealing import OF_ACTORS, Who
from portal.foundation.database import db, table_of

ERASED = "person.erased"  # the verb of the entry that tells of an erasure
FIELD = "emptied"  # among its changes, which entries

_entries = table_of(AuditEntry)


def is_emptied(row: Any) -> bool:
    """Whether an entry, as it is stored, has lost its words: those of before were never said to be sealed."""
    return bool(row.subject_words == "" and not row.subject_name and not row.changes and not row.reason)


def empty(persons: Iterable[Who]) -> list[int]:
    """Take the words out of entries about these persons that were written before there were keys; gives their ids."""
    found: list[int] = []
    for kind, person_id in persons:
        about = sa.and_(_entries.c.subject_kind == kind, _entries.c.subject_id == person_id)
        found += _empty(about)
        if kind == OF_ACTORS:
            acting = _entries.c.actor_kind == ActorKind.CUSTOMER
            found += _empty(sa.and_(acting, _entries.c.actor_id == person_id))
    return sorted(found)


def told(ids: Sequence[int]) -> str:
    """Ids as an entry names them: `3-8,17`."""
    ranges: list[list[int]] = []
    for one in ids:
        if ranges and one == ranges[-1][1] + 1:
            ranges[-1][1] = one
        else:
            ranges.append([one, one])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def named_by(row: Any) -> set[int]:
    """The entries that an entry of the chain, if it tells of an erasure, says were emptied."""
    if row.verb != ERASED or FIELD not in row.changes:
        return set()
    named: set[int] = set()
    for part in filter(None, str(row.changes[FIELD][1]).split(",")):
        first, _dash, last = part.partition("-")
        named.update(range(int(first), int(last or first) + 1))
    return named


def _empty(about: sa.ColumnElement[bool]) -> list[int]:
    plain = sa.and_(about, _entries.c.subject_words.is_(None), _entries.c.actor_words.is_(None))
    is_own = _entries.c.actor_kind == ActorKind.CUSTOMER
    emptied = (
        sa.update(_entries)
        .where(plain)
        .values(
            subject_name="",
            changes={},
            reason="",
            subject_words="",
            actor_name=sa.case((is_own, ""), else_=_entries.c.actor_name),
            actor_words=sa.case((is_own, ""), else_=sa.null()),
        )
    )
    return list(db.session.scalars(emptied.returning(_entries.c.id)))
