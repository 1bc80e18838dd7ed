"""Sealing: the personal words of an entry are stored under a key of the person, and opened for whoever may read them.

The chain covers what is stored. So the key of a person can be destroyed, their words with it, and the chain holds.
"""

import base64
import json
import os
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm

from portal.audit.models import AuditEntry
from portal.audit.person_key import PersonKey
from portal.foundation import crypto, database
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of, table_of

PURPOSE = "person"
PERSONS = ("customer", "account")  # kinds of subjects whose words are about a person
OF_ACTORS = "account"  # what the id of a customer who acts is one of
OPENED = "audit.opened"  # in the session's info: the keys that this transaction knows
AT_ONCE = 400

Who = tuple[str, int]
Key = bytes | None  # none: it was destroyed

_keys = table_of(PersonKey)


def words_of(entry: AuditEntry) -> dict[str, Any]:
    """The words of an entry that was stored sealed; those under a destroyed key are left out."""
    found: dict[str, Any] = {}
    keys = open_keys(_persons_of([entry]))
    for who, sealed in _sealed_parts(entry):
        key = keys.get(who)
        if key is not None:
            found |= json.loads(crypto.unseal(key, sealed, _about(who)))
    return found


def preload(entries: Sequence[AuditEntry]) -> None:
    """Open the keys of a whole page with one query."""
    open_keys(_persons_of(entries))


def open_keys(persons: Iterable[Who]) -> dict[Who, Key]:
    """The keys of these persons, as far as there are any."""
    session = db.session()
    known: dict[Who, Key] = session.info.setdefault(OPENED, {})
    wanted = [who for who in set(persons) if who not in known]
    for start in range(0, len(wanted), AT_ONCE):
        for kind, person_id, sealed in _read(session, wanted[start : start + AT_ONCE]):
            known[kind, person_id] = _opened(sealed)
    return known


def destroy(persons: Iterable[Who]) -> None:
    """Destroy the keys of persons for ever, and keep new ones from being made."""
    moment = now()
    for kind, person_id in persons:
        tombstone = insert_of(PersonKey).values(kind=kind, person_id=person_id, made_at=moment, destroyed_at=moment)
        gone = {"sealed": None, "destroyed_at": moment}
        db.session.execute(tombstone.on_conflict_do_update(index_elements=["kind", "person_id"], set_=gone))
    db.session().info.pop(OPENED, None)


@event.listens_for(database.Session, "before_flush")
def _seal_new(session: orm.Session, *_: object) -> None:
    new = [row for row in session.new if isinstance(row, AuditEntry) and not row.is_sealed]
    persons = set(_persons_of(new))
    if not persons:
        return
    keys = _keys_for(session, persons)
    for entry in new:
        _seal(entry, keys)


@event.listens_for(database.Session, "after_soft_rollback")
def _forget(session: orm.Session, *_: object) -> None:
    session.info.pop(OPENED, None)  # a savepoint may have taken back the key that is known here


@event.listens_for(database.Session, "after_transaction_end")
def _end(session: orm.Session, transaction: orm.SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(OPENED, None)


def _seal(entry: AuditEntry, keys: dict[Who, Key]) -> None:
    subject, actor = _subject_of(entry), _actor_of(entry)
    if subject is not None:
        words = {
            "subject_name": entry.stored_subject_name,
            "changes": entry.stored_changes or {},
            "reason": entry.stored_reason or "",
        }
        entry.subject_words = _sealed(words, subject, keys)
        entry.stored_subject_name, entry.stored_changes, entry.stored_reason = "", {}, ""
    if actor is not None:
        entry.actor_words = _sealed({"actor_name": entry.stored_actor_name}, actor, keys)
        entry.stored_actor_name = ""


def _sealed(words: dict[str, Any], who: Who, keys: dict[Who, Key]) -> str:
    """The words as they are stored: nothing of them where the person is erased already."""
    key = keys[who]
    return "" if key is None else crypto.seal(key, json.dumps(words, separators=(",", ":")), _about(who))


def _keys_for(session: orm.Session, persons: set[Who]) -> dict[Who, Key]:
    """The keys of persons who are written about; who has none gets one, of two at once for one person the first."""
    keys = open_keys(persons)
    missing = sorted(who for who in persons if who not in keys)
    if missing:
        moment, fresh = now(), []
        for kind, person_id in missing:
            sealed = crypto.encrypt(PURPOSE, base64.b64encode(os.urandom(32)).decode())
            fresh.append({"kind": kind, "person_id": person_id, "sealed": sealed, "made_at": moment})
        connection = session.connection()
        for start in range(0, len(fresh), AT_ONCE):
            rows = insert_of(PersonKey).values(fresh[start : start + AT_ONCE])
            connection.execute(rows.on_conflict_do_nothing(index_elements=["kind", "person_id"]))
        keys = open_keys(missing)
    return keys


def _read(session: orm.Session, some: Sequence[Who]) -> Iterable[Any]:
    by_kind: dict[str, list[int]] = {}
    for kind, person_id in some:
        by_kind.setdefault(kind, []).append(person_id)
    mine = sa.or_(*(sa.and_(_keys.c.kind == kind, _keys.c.person_id.in_(ids)) for kind, ids in by_kind.items()))
    return session.connection().execute(sa.select(_keys.c.kind, _keys.c.person_id, _keys.c.sealed).where(mine))


def _opened(sealed: str | None) -> Key:
    return None if sealed is None else base64.b64decode(crypto.decrypt(PURPOSE, sealed))


def _persons_of(entries: Iterable[AuditEntry]) -> list[Who]:
    found = [who for entry in entries for who in (_subject_of(entry), _actor_of(entry)) if who is not None]
    return list(dict.fromkeys(found))


def _subject_of(entry: AuditEntry) -> Who | None:
    if entry.subject_id is None or entry.subject_kind not in PERSONS:
        return None
    return entry.subject_kind, entry.subject_id


def _actor_of(entry: AuditEntry) -> Who | None:
    is_person = entry.actor_kind == "customer" and entry.actor_id is not None
    return (OF_ACTORS, entry.actor_id) if is_person and entry.actor_id is not None else None


def _sealed_parts(entry: AuditEntry) -> Iterable[tuple[Who, str]]:
    for who, sealed in ((_subject_of(entry), entry.subject_words), (_actor_of(entry), entry.actor_words)):
        if who is not None and sealed:
            yield who, sealed


def _about(who: Who) -> str:
    return f"{who[0]} {who[1]}"
