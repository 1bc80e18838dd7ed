"""The outbox as workers and staff see it: what is due, what waits, what failed, what one address got."""

import functools
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.foundation import crypto, database, emails, pagination
from portal.foundation.clock import now
from portal.foundation.database import db, table_of, written_out
from portal.foundation.straight import Straight
from portal.mail.models import IS_FAILED, IS_OPEN, OutboxMessage, State, Suppression, SuppressionScope

PURPOSE = "suppression"  # of the keyed hash under which an erased address stays suppressed
AT_ONCE = 500
LATEST_FIRST = pagination.Order(Suppression.id, Suppression.id, descending=True)
NEWEST_FIRST = pagination.Order(OutboxMessage.id, OutboxMessage.id, descending=True)

# Made once, and of the table alone: every worker asks it twice a second, when nothing is due or very much.
_rows = table_of(OutboxMessage)
_DUE = Straight(
    sa.select(_rows.c.id).where(IS_OPEN, _rows.c.due_at <= sa.bindparam("moment")).limit(1), plans_anew=True
)


@dataclass(frozen=True)
class KeptAway:
    """Why an address is not written to, and who said so."""

    scope: SuppressionScope
    reason: str
    who: str


@functools.cache
def _keeping_away(keys: int) -> Straight:
    rows = table_of(Suppression)
    codes = rows.c.subject_hmac.in_([sa.bindparam(f"code_{place}") for place in range(keys)])
    found = sa.select(rows.c.scope, rows.c.reason, rows.c.who).where(
        sa.or_(rows.c.email_key == sa.bindparam("key"), codes)
    )
    return Straight(found.order_by(rows.c.scope).limit(1))


def is_anything_due() -> bool:
    """Whether a worker would find something to do."""
    return _DUE.row({"moment": now()}) is not None


def by_id(message_id: int) -> OutboxMessage | None:
    """One mail."""
    return db.session.get(OutboxMessage, message_id)


def page(states: Collection[State], *, after: str = "", before: str = "") -> pagination.Page[OutboxMessage]:
    """Mails in these states (all, when none is named), newest first."""
    query = sa.select(OutboxMessage)
    if State.SENT in states:  # nearly all are
        query = query.where(OutboxMessage.state.in_(states))
    elif states:  # few: asked for by themselves, they are read off indexes of them alone
        one = aliased(OutboxMessage)
        query = query.where(OutboxMessage.id.in_(sa.select(one.id).where(written_out(one.state, states))))
    return pagination.slice_of(query, NEWEST_FIRST, after=after, before=before)


def count_failed() -> int:
    """How many mails failed, counted to pagination.COUNTED."""
    return pagination.count_of(sa.select(OutboxMessage).where(IS_FAILED))


def latest_failed() -> OutboxMessage | None:
    """The newest of them."""
    failed = sa.select(OutboxMessage).where(IS_FAILED)
    return db.session.scalar(failed.order_by(OutboxMessage.id.desc()).limit(1))


def hashes(email_key: str) -> list[str]:
    """Under which hashes a suppression may know an erased address, the one for new rows first."""
    return crypto.keyed_hashes(PURPOSE, email_key)


def suppression_of(email_key: str) -> Suppression | None:
    """What keeps mails away from an address, also after it was erased."""
    is_it = sa.or_(Suppression.email_key == email_key, Suppression.subject_hmac.in_(hashes(email_key)))
    return db.session.scalars(sa.select(Suppression).where(is_it).order_by(Suppression.scope).limit(1)).first()


def kept_away(email_key: str) -> KeptAway | None:
    """The same for every mail that leaves: without an object."""
    codes = {f"code_{place}": code for place, code in enumerate(hashes(email_key))}
    found = _keeping_away(len(codes)).row({"key": email_key, **codes})
    return KeptAway(*found) if found is not None else None


def suppression_in_clear(email_key: str) -> Suppression | None:
    """What keeps mails away from an address that is not erased."""
    return db.session.scalar(sa.select(Suppression).where(Suppression.email_key == email_key))


def suppressed_among(email_keys: Collection[str]) -> frozenset[str]:
    """Those of these addresses that marketing must not write to, erased ones that came back among them."""
    found: set[str] = set()
    keys = list(email_keys)
    for some in (keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE)):
        key_of = {code: key for key in some for code in hashes(key)}
        is_any = sa.or_(Suppression.email_key.in_(some), Suppression.subject_hmac.in_(key_of))
        for key, code in db.session.execute(sa.select(Suppression.email_key, Suppression.subject_hmac).where(is_any)):
            found.add(key if key is not None else key_of[code])
    return frozenset(found)


def suppression(suppression_id: int) -> Suppression | None:
    """One of them."""
    return db.session.get(Suppression, suppression_id)


def suppressions(
    term: str, scope: SuppressionScope | None, *, after: str = "", before: str = ""
) -> pagination.Page[Suppression]:
    """Addresses that are not written to, newest first; a whole address also finds one that was erased."""
    return pagination.slice_of(_sought(term, scope), LATEST_FIRST, after=after, before=before)


def count_in_clear(term: str, scope: SuppressionScope | None) -> int:
    """How many of them are known in clear."""
    query = _sought(term, scope).where(Suppression.email_key.is_not(None))
    return db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def all_in_clear(term: str, scope: SuppressionScope | None) -> Iterator[Suppression]:
    """Those, oldest first, a thousand at a time; no transaction is held while they are read."""
    last = 0
    query = _sought(term, scope).where(Suppression.email_key.is_not(None)).order_by(Suppression.id).limit(AT_ONCE)
    while True:
        with database.reading():
            rows = db.session.scalars(query.where(Suppression.id > last)).all()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        last = rows[-1].id


def _sought(term: str, scope: SuppressionScope | None) -> sa.Select[tuple[Suppression]]:
    query = sa.select(Suppression)
    if scope is not None:
        query = query.where(Suppression.scope == scope)
    if term:
        parts = [Suppression.email_key.contains(term.lower(), autoescape=True)]
        if "@" in term:
            parts.append(Suppression.subject_hmac.in_(hashes(emails.key(term))))
        query = query.where(sa.or_(*parts))
    return query
