"""What hangs on each master key: what nobody could check, read or find again once the key has left the ring."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Account, Authenticator, RecoveryCode, SecurityAnswer
from portal.audit.models import AuditLink
from portal.audit.person_key import PersonKey
from portal.audit.sealing import PURPOSE
from portal.customers.models import Address, Statutory
from portal.customers.service import further, sealing
from portal.foundation import crypto, database, emails, keyring
from portal.foundation.database import db
from portal.ledgers.lines import PURPOSE as LEDGER
from portal.ledgers.models import LedgerLink
from portal.newsletter.models import ConsentEvent
from portal.newsletter.queries import SUBJECT

# Table, column, the purpose that it is encrypted for, and what hangs on it.
ENCRYPTED: tuple[tuple[type[Any], str, str, str], ...] = (
    (Authenticator, "secret", "totp", "encrypted"),
    *((Statutory, column, sealing.PURPOSE, "encrypted") for column in further.SEALED),
    (Address, "gate_code", sealing.PURPOSE, "encrypted"),
    (PersonKey, "sealed", PURPOSE, "persons"),
)
BATCH = 500
RESTARTED = timedelta(days=1)  # how long after a change of keys a process may still have worked with the older ones
PAST = "(past)"  # stands for what is left of masters that were taken away
LOST = "(lost)"  # stands for keys that are in the ring no longer

NEEDED = {
    "passwords": "people who would have to set a new password by mail",
    "answers": "people whose security question could not be answered",
    "encrypted": "secrets that nobody could read again: of authenticator apps, tax numbers, gate codes",
    "persons": "people whose part of the audit log nobody could read",
    "codes": "recovery codes on paper that would open nothing",
}
FOR_THE_PAST = ("audit", LEDGER, SUBJECT)  # purposes of which a derived key stays when the master goes
KINDS = (*NEEDED, *FOR_THE_PAST)

Hanging = dict[str, Counter[str]]


def everything() -> Hanging:
    """For each master key by its id, for `PAST` and for `LOST`, how many of each of `KINDS` hang on it."""
    names = [*map(crypto.identify_master, crypto.ring().masters), PAST, LOST]
    found: Hanging = {name: Counter() for name in names}
    _hang(found, "passwords", "pepper password", _third_to_tenth(Account.password_hash))
    _hang(found, "answers", "pepper answer", _third_to_tenth(SecurityAnswer.answer_hash))
    for table, column, purpose, kind in ENCRYPTED:
        _hang(found, kind, f"encrypt {purpose}", _third_to_tenth(getattr(table, column)))
    for kind, link in (("audit", AuditLink), (LEDGER, LedgerLink)):
        links = sa.select(link.key_id, sa.func.count()).group_by(link.key_id)
        _hang(found, kind, kind, db.session.execute(links).tuples())
    _codes(found)
    _consent(found)
    return found


def rewrap() -> tuple[int, int]:
    """Encrypt anew, under the newest key, what an older one encrypted; says how many were, and how many nobody can."""
    done = broken = 0
    for table, column, purpose, _kind in ENCRYPTED:
        newest = f"v1.{crypto.identify(crypto.ring().key(f'encrypt {purpose}'))}."
        with database.reading():
            old = list(db.session.scalars(sa.select(table.id).where(~getattr(table, column).startswith(newest))))
        for some in (old[at : at + BATCH] for at in range(0, len(old), BATCH)):
            with database.transaction():
                kept = _rewrap_some(table, column, purpose, some)
            done += kept
            broken += len(some) - kept
    return done, broken


def _rewrap_some(table: type[Any], column: str, purpose: str, ids: Sequence[int]) -> int:
    rows = db.session.scalars(sa.select(table).where(table.id.in_(ids)).with_for_update())
    done = 0
    for row in rows:
        try:
            setattr(row, column, crypto.encrypt(purpose, crypto.decrypt(purpose, getattr(row, column))))
        except crypto.Unreadable:
            continue
        done += 1
    return done


def _third_to_tenth(column: Any) -> Iterable[tuple[str, int]]:
    """The key ids of texts like `v1.3fa2b1c0.…`, and how often each is there."""
    key_id = sa.func.substr(column, 4, 8)
    return db.session.execute(
        sa.select(key_id, sa.func.count()).where(column.startswith("v1.")).group_by(key_id)
    ).tuples()


def _hang(found: Hanging, kind: str, purpose: str, counts: Iterable[tuple[str, int]]) -> None:
    keys = [crypto.identify(key) for key in crypto.ring().keys(purpose)]
    for key_id, count in counts:
        found[_owner(keys.index(key_id)) if key_id in keys else LOST][kind] += count


def _owner(place: int) -> str:
    """Whose the key at a place of the ring is: keys of a purpose stand in the order of their masters."""
    masters = crypto.ring().masters
    return crypto.identify_master(masters[place]) if place < len(masters) else PAST


def _codes(found: Hanging) -> None:
    """Recovery codes do not say which key made them: all that an older one may have made are counted for it."""
    for name, until in _reigns():
        query = sa.select(sa.func.count()).where(RecoveryCode.used_at.is_(None))
        if until is not None:
            query = query.where(RecoveryCode.created_at <= until)
        found[name]["codes"] = db.session.scalar(query) or 0


def _consent(found: Hanging) -> None:
    """A line whose address is still there shows its key; one of an erased person may hang on any but the newest."""
    older = [crypto.identify_master(master) for master in crypto.ring().masters[1:]]
    query = sa.select(ConsentEvent.subject_hmac, sa.func.max(ConsentEvent.email), sa.func.count())
    for subject, email, count in db.session.execute(query.group_by(ConsentEvent.subject_hmac)).tuples():
        if email is None:
            for name in older or [_owner(0)]:
                found[name][SUBJECT] += count
            continue
        hashes = crypto.keyed_hashes(SUBJECT, emails.key(email))
        found[_owner(hashes.index(subject)) if subject in hashes else LOST][SUBJECT] += count


def _reigns() -> list[tuple[str, datetime | None]]:
    """Each master key, and the last moment at which something may have been made with it (none: still)."""
    masters = crypto.ring().masters
    newer = [None, *(keyring.born(master) for master in masters[:-1])]
    return [
        (crypto.identify_master(master), birth and birth + RESTARTED)
        for master, birth in zip(masters, newer, strict=True)
    ]
