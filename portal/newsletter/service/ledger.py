"""One step of consent: the line of the ledger and the state in force, written together."""

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from portal.foundation import emails
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of
from portal.foundation.text import locale
from portal.newsletter import queries, rules
from portal.newsletter.models import (
    Audience,
    ConsentAction,
    ConsentEvent,
    ConsentSource,
    FormVersion,
    Subscription,
    SubscriptionState,
)
from portal.newsletter.rules import Step


@dataclass(frozen=True)
class Proof:
    """From where a step was taken: network address and, in words, the browser."""

    address: str = ""
    browser: str = ""


@dataclass(frozen=True)
class Evidence:
    """What the ledger keeps of a step: on which page, from where, before which words, by whom if not the person."""

    source: ConsentSource
    proof: Proof
    text: str = ""
    actor: str = ""


def row_of(audience: Audience, email: str) -> Subscription:
    """The row of an address, made (pending) when there is none, and locked until the transaction ends.

    The spelling on record stays: it is the one that was proven.
    """
    key = emails.key(email)
    moment = now()
    new = insert_of(Subscription).values(
        audience_id=audience.id,
        email=email,
        email_key=key,
        state=SubscriptionState.PENDING,
        created_at=moment,
        changed_at=moment,
    )
    # One row is written whether the address is known or not, so that the work is the same.
    again = {"email_key": new.excluded.email_key}
    db.session.execute(new.on_conflict_do_update(index_elements=["audience_id", "email_key"], set_=again))
    return _lock(Subscription.audience_id == audience.id, Subscription.email_key == key).one()


def locked(subscription_id: int) -> Subscription | None:
    """A row as it is now, locked until the transaction ends."""
    return _lock(Subscription.id == subscription_id).one_or_none()


def take(
    row: Subscription, step: Step, *actions: ConsentAction, evidence: Evidence, customer_id: int | None = None
) -> bool:
    """Write a step on a locked row, one line for each action; returns whether it moved the state.

    The same statements run whatever the state is, so that a form tells nobody who is known.
    """
    state = rules.after(row.state, step)
    moved = state is not row.state
    version_id = _version(evidence.text) if evidence.text else None
    for action in actions:
        db.session.add(_event(row, action, evidence, version_id))
    fresh = moved or state is SubscriptionState.PENDING  # asked again: the 30 days begin anew
    db.session.execute(
        sa.update(Subscription)
        .where(Subscription.id == row.id)
        .values(
            state=state,
            changed_at=now() if fresh else row.changed_at,
            customer_id=customer_id or row.customer_id,
        )
    )
    db.session.flush()
    return moved


def _event(row: Subscription, action: ConsentAction, evidence: Evidence, version_id: int | None) -> ConsentEvent:
    return ConsentEvent(
        subject_hmac=queries.subject_hashes(row.email)[0],
        email=row.email,
        audience_id=row.audience_id,
        action=action,
        source=evidence.source,
        form_version_id=version_id,
        address=evidence.proof.address[:64],
        browser=evidence.proof.browser[:255],
        actor=evidence.actor[:120],
    )


def _version(text: str) -> int:
    """The row of a wording, kept once; of two that are first at the same moment one writes it."""
    language = locale()
    digest = hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()
    known = sa.select(FormVersion.id).where(FormVersion.digest == digest)
    found = db.session.scalar(known)
    if found is None:
        new = insert_of(FormVersion).values(digest=digest, text=text, locale=language, created_at=now())
        db.session.execute(new.on_conflict_do_nothing(index_elements=["digest"]))
        found = db.session.scalars(known).one()
    return found


def _lock(*conditions: sa.ColumnElement[bool]) -> "sa.ScalarResult[Subscription]":
    query = sa.select(Subscription).where(*conditions).with_for_update(of=Subscription)
    return db.session.scalars(query.execution_options(populate_existing=True))
