"""One step of consent: the line of the ledger and the state in force, written together."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.config import settings
from portal.foundation import emails
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of
from portal.foundation.text import locale
from portal.ledgers import chain
from portal.mail import service as mail
from portal.mail.models import OutboxMessage
from portal.mail.service import suppressing
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
from portal.newsletter.models.consent import WORDS
from portal.newsletter.rules import Step


@dataclass(frozen=True)
class Proof:
    """From where a step was taken: network address, in words the browser, and which page."""

    address: str = ""
    browser: str = ""
    page: str = ""


@dataclass(frozen=True)
class Evidence:
    """What the ledger keeps of a step: on which page, from where, before which words, by whom if not the person."""

    source: ConsentSource
    proof: Proof
    text: str = ""
    actor: str = ""
    is_ticked: bool = False  # whether the box was ticked when the page was opened
    at: datetime | None = None  # when it was taken, if not now


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


def touch(email_key: str) -> None:
    """Change the rows of an address in nothing: a sender that is about to write to it waits, and then looks anew."""
    same = sa.update(Subscription).where(Subscription.email_key == email_key)
    values = same.values(email_key=Subscription.email_key)
    db.session.execute(values.execution_options(synchronize_session=False))


def take(
    row: Subscription, step: Step, *actions: ConsentAction, evidence: Evidence, customer_id: int | None = None
) -> bool:
    """Write a step on a locked row, one line for each action; returns whether it moved the state.

    The same statements run whatever the state is, so that a form tells nobody who is known.
    """
    state = rules.after(row.state, step)
    moved = state is not row.state
    version_id = _version(evidence) if evidence.text else None
    for action in actions:
        db.session.add(_event(row, action, evidence, version_id))
    fresh = moved or state is SubscriptionState.PENDING  # asked again: the 30 days begin anew
    db.session.execute(
        sa.update(Subscription)
        .where(Subscription.id == row.id)
        .values(
            state=state,
            changed_at=(evidence.at or now()) if fresh else row.changed_at,
            customer_id=customer_id or row.customer_id,
        )
    )
    db.session.flush()
    if moved and state is SubscriptionState.ACTIVE:
        suppressing.take_up(row.email, anew=True)
    return moved


@mail.when_sent("newsletter.confirm")
def note_mail(message: OutboxMessage, reply: str) -> None:
    """Write down that the mail which asks to confirm went out: which one, and what the mail server said."""
    row = db.session.get(Subscription, message.context["subscription"])
    if row is None:
        return
    line = _event(row, ConsentAction.MAIL_SENT, Evidence(ConsentSource.MAILED_LINK, Proof()), None)
    line.message_id, line.reply = message.message_id, reply.replace("\0", "")[:255]
    db.session.add(line)


def _event(row: Subscription, action: ConsentAction, evidence: Evidence, version_id: int | None) -> ConsentEvent:
    return ConsentEvent(
        subject_hmac=queries.subject_hashes(row.email)[0],
        email=row.email,
        audience_id=row.audience_id,
        action=action,
        source=evidence.source,
        at=evidence.at or now(),
        form_version_id=version_id,
        address=evidence.proof.address[:64],
        browser=evidence.proof.browser[:255],
        actor=evidence.actor[:120],
        page=evidence.proof.page[:255],
    )


def _version(evidence: Evidence) -> int:
    """The row of a wording, kept once; of two that are first at the same moment one writes it."""
    language, privacy = locale(), settings().privacy_version[:32]
    said = f"{language}\n{evidence.is_ticked:d}\n{privacy}\n{evidence.text}"
    digest = hashlib.sha256(said.encode()).hexdigest()
    known = sa.select(FormVersion.id).where(FormVersion.digest == digest)
    found = db.session.scalar(known)
    if found is None:
        new = insert_of(FormVersion).values(
            digest=digest,
            text=evidence.text,
            locale=language,
            is_ticked=evidence.is_ticked,
            privacy_version=privacy,
            created_at=now(),
        )
        made = new.on_conflict_do_nothing(index_elements=["digest"]).returning(*FormVersion.__table__.c)
        chain.seal(WORDS, db.session.execute(made).all())
        found = db.session.scalars(known).one()
    return found


def _lock(*conditions: sa.ColumnElement[bool]) -> "sa.ScalarResult[Subscription]":
    query = sa.select(Subscription).where(*conditions).with_for_update(of=Subscription)
    return db.session.scalars(query.execution_options(populate_existing=True))
