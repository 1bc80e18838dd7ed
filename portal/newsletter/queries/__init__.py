"""Audiences, who is in them, and what the ledger knows of an address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.customers import queries as customers
from portal.customers.models import Customer
from portal.foundation import crypto, emails, pagination
from portal.foundation.database import db
from portal.newsletter import rules
from portal.newsletter.models import (
    Audience,
    ConsentAction,
    ConsentEvent,
    ConsentSource,
    Subscription,
    SubscriptionState,
)

SUBJECT = "consent"  # purpose of the keyed hash under which the ledger knows an address


@dataclass(frozen=True)
class Line:
    """One step of the ledger in words, as a timeline shows it."""

    what: str
    when: datetime
    kind: str
    who: str
    quote: str  # the words that stood beside the tick or button
    address: str
    browser: str
    audience_id: int = 0


@dataclass(frozen=True)
class Choice:
    """How a person stands to an audience that they may choose, and by which step they agreed."""

    audience: Audience
    state: SubscriptionState | None
    consent: ConsentEvent | None
    days_between: int = 0
    counts_clicks: bool = False

    @property
    def is_on(self) -> bool:
        return self.state is SubscriptionState.ACTIVE

    @property
    def is_waiting(self) -> bool:
        return self.state is SubscriptionState.PENDING


def default_audience() -> Audience:
    """The audience that the registration tick and the public form mean."""
    return db.session.scalars(sa.select(Audience).where(Audience.is_default)).one()


def public_audiences() -> list[Audience]:
    """The audiences that people may choose themselves, the default one first."""
    return [audience for audience in audiences_in_use() if audience.is_public]


def audiences() -> list[Audience]:
    """All audiences, the default one first."""
    return list(db.session.scalars(sa.select(Audience).order_by(Audience.is_default.desc(), Audience.id)))


def audiences_in_use() -> list[Audience]:
    """The audiences that people may come into and campaigns go to: all but those that retired."""
    return [audience for audience in audiences() if audience.retired_at is None]


def audience(audience_id: int) -> Audience | None:
    """One audience."""
    return db.session.get(Audience, audience_id)


def counts(audience_ids: Iterable[int] | None = None) -> dict[int, dict[SubscriptionState, int]]:
    """How many addresses each audience has in each state; states and audiences without any are left out."""
    query = sa.select(Subscription.audience_id, Subscription.state, sa.func.count()).group_by(
        Subscription.audience_id, Subscription.state
    )
    if audience_ids is not None:
        query = query.where(Subscription.audience_id.in_(list(audience_ids)))
    found: dict[int, dict[SubscriptionState, int]] = {}
    for audience_id, state, number in db.session.execute(query):
        found.setdefault(audience_id, {})[state] = number
    return found


def subscription(subscription_id: int) -> Subscription | None:
    """One subscription."""
    return db.session.get(Subscription, subscription_id)


def of_email(email: str) -> list[Subscription]:
    """The subscriptions of an address."""
    query = sa.select(Subscription).where(Subscription.email_key == emails.key(email)).order_by(Subscription.id)
    return list(db.session.scalars(query))


def of_customer(customer: Customer) -> list[Subscription]:
    """The subscriptions of a customer's address, also those that were made before there was a customer."""
    return of_email(customer.email) if customer.email else []


def choices_of(email: str) -> list[Choice]:
    """What the person of an address may choose, and how it stands."""
    mine = {row.audience_id: row for row in of_email(email)}
    agreed = evidence(email)
    return [_choice(audience, mine.get(audience.id), agreed.get(audience.id)) for audience in public_audiences()]


def _choice(audience: Audience, row: Subscription | None, agreed: ConsentEvent | None) -> Choice:
    if row is None:
        return Choice(audience, None, agreed)
    return Choice(audience, row.state, agreed, row.days_between, row.counts_clicks)


def state_of(email: str) -> SubscriptionState | None:
    """How an address stands to the default audience, None when it never came near it."""
    return db.session.scalar(
        sa.select(Subscription.state)
        .join(Audience, Audience.id == Subscription.audience_id)
        .where(Audience.is_default, Subscription.email_key == emails.key(email))
    )


def states_of(email_keys: Sequence[str]) -> dict[str, SubscriptionState]:
    """How each of these addresses stands to the default audience, asked for at once; strangers to it are left out."""
    query = sa.select(Subscription.email_key, Subscription.state).join(
        Audience, Audience.id == Subscription.audience_id
    )
    rows = db.session.execute(query.where(Audience.is_default, Subscription.email_key.in_(email_keys)))
    return dict(rows.tuples().all())


def state_is(state: SubscriptionState) -> sa.ColumnElement[bool]:
    """The condition on customers that their address stands so to the default audience."""
    default = sa.select(Audience.id).where(Audience.is_default).scalar_subquery()
    mine = sa.select(Subscription.email_key).where(Subscription.audience_id == default, Subscription.state == state)
    return customers.among(Customer.email_key, mine, ("subscription", state))


def is_unknown() -> sa.ColumnElement[bool]:
    """The condition on customers that their address, if they have one, never came near the default audience."""
    default = sa.select(Audience.id).where(Audience.is_default).scalar_subquery()
    anybody = sa.select(Subscription.email_key).where(Subscription.audience_id == default)
    return ~customers.among(Customer.email_key, anybody, ("subscription", "any"))


def subscribed() -> sa.ColumnElement[bool]:
    """The condition on customers that they get the newsletter."""
    return state_is(SubscriptionState.ACTIVE)


def count_subscribers() -> int:
    """How many addresses get the newsletter, counted as far as pagination counts."""
    default = sa.select(Audience.id).where(Audience.is_default).scalar_subquery()
    query = sa.select(Subscription.id).where(
        Subscription.audience_id == default, Subscription.state == SubscriptionState.ACTIVE
    )
    return pagination.count_of(query)


def evidence(email: str) -> dict[int, ConsentEvent]:
    """By audience, the newest step by which the person of this address agreed."""
    query = (
        sa.select(ConsentEvent)
        .where(
            ConsentEvent.subject_hmac.in_(subject_hashes(email)),
            ConsentEvent.action == ConsentAction.CONFIRM,
            ConsentEvent.source.in_([source for source in ConsentSource if source in rules.EVIDENCE]),
        )
        .order_by(ConsentEvent.id)
    )
    return {event.audience_id: event for event in db.session.scalars(query)}


def has_left(email: str, audience_id: int) -> bool:
    """Whether somebody of this address ever left the audience."""
    return bool(
        db.session.scalar(
            sa.select(
                sa.exists().where(
                    ConsentEvent.subject_hmac.in_(subject_hashes(email)),
                    ConsentEvent.audience_id == audience_id,
                    is_departure(),
                )
            )
        )
    )


def is_departure() -> sa.ColumnElement[bool]:
    """Condition on lines of the ledger: somebody left; that an import was taken back is none of their doing."""
    return sa.and_(ConsentEvent.action == ConsentAction.WITHDRAW, ConsentEvent.source != ConsentSource.IMPORT)


def history_of(*emails: str, most: int = 200) -> list[Line]:
    """What the ledger knows of addresses, newest first, also after their spelling was erased."""
    return lines(steps_of(*emails, most=most))


def steps_of(*emails: str, most: int = 200) -> Sequence[ConsentEvent]:
    """The newest steps of addresses as the ledger has them, newest first."""
    query = sa.select(ConsentEvent).where(is_about(*emails)).order_by(ConsentEvent.id.desc()).limit(most)
    return db.session.scalars(query).all()


def is_about(*emails: str) -> sa.ColumnElement[bool]:
    """Condition on lines of the ledger: they are about one of these addresses."""
    return ConsentEvent.subject_hmac.in_([one for email in emails for one in subject_hashes(email)])


def lines(events: Sequence[ConsentEvent]) -> list[Line]:
    """Steps of the ledger in words."""
    names = {row.id: row.name for row in audiences()} if events else {}
    return [_line(event, names[event.audience_id]) for event in events]


def subject_hashes(email: str) -> list[str]:
    """Under which hashes the ledger may know an address, the one for new lines first."""
    return crypto.keyed_hashes(SUBJECT, emails.key(email))


def _line(event: ConsentEvent, audience_name: str) -> Line:
    is_undone = (event.action, event.source) == (ConsentAction.WITHDRAW, ConsentSource.IMPORT)
    words = rules.UNDONE_WORDS if is_undone else rules.ACTION_WORDS[event.action]
    what = str(words) % {"audience": audience_name}
    by_us = is_undone or event.action is ConsentAction.MAIL_SENT
    return Line(
        what=what if by_us else f"{what}, {rules.SOURCE_WORDS[event.source]}",
        when=event.at,
        kind=rules.ACTION_KINDS.get(event.action, ""),
        who=" · ".join(filter(None, [event.actor, event.address, event.browser])),
        quote=event.form_version.text if event.form_version else "",
        address=event.address,
        browser=event.browser,
        audience_id=event.audience_id,
    )
