"""Segments, who is in them, and how many they are: exactly where that is quick, by a sample where it is not.

Nobody who builds a segment waits for longer than twice `PATIENCE`: what is not counted by then is guessed and said so.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import sqlalchemy as sa

from portal.accounts.models import Account
from portal.customers.models import Customer
from portal.foundation import estimates, lately, patience
from portal.foundation.database import LARGEST_ID, db, table_of
from portal.foundation.patience import TooSlow
from portal.mail.models import Suppression
from portal.newsletter.models import Segment, Subscription, SubscriptionState
from portal.newsletter.rules.conditions import Meaning

SAMPLE = 10_000  # rows that a sample looks at
ENOUGH = 200  # hits in a sample, from which a share says something
REMEMBERED = 20  # seconds
PATIENCE = 0.9  # seconds for the sample, and as many for a count of all
LIKELY = 3  # hits that a sample without any may well have missed
COUNTED_IN = (
    *("subscription", "suppression", "customer", "customer_tag", "customer_store", "custom_value", "account"),
    "delivery_event",
)
SUPPRESSED = "suppressed"  # in place of a state: agreed, but is not written to

_rows = table_of(Subscription)


@dataclass(frozen=True)
class Counts:
    """How many people there are, by the state in which they are; `is_about` where a sample told.

    Where it met nobody they are fewer than `at_most`; with `is_unknown` not even a sample was quick enough.
    """

    states: Mapping[str, int] = field(default_factory=dict)
    is_about: bool = False
    at_most: int = 0
    is_unknown: bool = False

    @property
    def matching(self) -> int:
        """All of them."""
        total = sum(self.states.values())
        return estimates.rounded(total) if self.is_about else total

    @property
    def mailable(self) -> int:
        """Those who agreed and may be written to."""
        return self.states.get(SubscriptionState.ACTIVE, 0)


def by_id(segment_id: int) -> Segment | None:
    """One segment."""
    return db.session.get(Segment, segment_id) if 0 < segment_id <= LARGEST_ID else None


def of_audience(audience_id: int) -> list[Segment]:
    """The segments of an audience by name."""
    query = sa.select(Segment).where(Segment.audience_id == audience_id).order_by(Segment.name_key)
    return list(db.session.scalars(query))


def numbers() -> dict[int, int]:
    """How many segments each audience has; those without any are left out."""
    query = sa.select(Segment.audience_id, sa.func.count()).group_by(Segment.audience_id)
    return dict(db.session.execute(query).tuples().all())


def is_among(audience_id: int, meaning: Meaning) -> Meaning:
    """Condition on subscriptions: they are in this audience, and what is asked is true of them."""
    # Not an EXISTS for each row: a database then begins where fewest fit, be it the customers of one group.
    mine = sa.select(Subscription.id).select_from(_people()).where(Subscription.audience_id == audience_id, meaning)
    return Subscription.id.in_(mine.correlate(None))


def counts(audience_id: int, meaning: Meaning | None, name: str) -> Counts:
    """How many of an audience a meaning is true of (of everybody, when None), remembered for a moment under a name."""

    def ask() -> Counts:
        asked = (Subscription.audience_id == audience_id, sa.true() if meaning is None else meaning)
        return _told(asked)

    return lately.known(("segment", audience_id, name), ask, of=COUNTED_IN, seconds=REMEMBERED)


def is_suppressed() -> Meaning:
    """Condition on subscriptions: their address is not written to."""
    return sa.exists().where(Suppression.email_key == Subscription.email_key)


def _people() -> sa.FromClause:
    """Subscriptions with the customer and the account of their address beside them, where there are any."""
    with_customer = sa.outerjoin(_rows, table_of(Customer), Customer.email_key == Subscription.email_key)
    return with_customer.outerjoin(table_of(Account), Account.id == Customer.account_id)


def _standing() -> sa.ColumnElement[str]:
    state = sa.cast(Subscription.state, sa.String)
    active = Subscription.state == SubscriptionState.ACTIVE
    return sa.case((sa.and_(active, is_suppressed()), sa.literal(SUPPRESSED)), else_=state)


def _counted(asked: tuple[Meaning, ...]) -> Counts:
    standing = _standing().label("standing")
    query = sa.select(standing, sa.func.count()).select_from(_people()).where(*asked).group_by(standing)
    return Counts(dict(db.session.execute(query).tuples().all()))


def _told(asked: tuple[Meaning, ...]) -> Counts:
    """By a sample where it says something, else exactly where that is quick, else by the sample all the same."""
    try:
        with patience.at_most(PATIENCE):
            sampled, step = _by_sample(asked)
    except TooSlow:
        return Counts(is_about=True, is_unknown=True)
    hits = sum(sampled.values())
    if step == 1 or hits < ENOUGH:
        with suppress(TooSlow), patience.at_most(PATIENCE):
            return _counted(asked)
    if step == 1:
        return Counts(is_about=True, is_unknown=True)
    states = {state: estimates.rounded(number * step) for state, number in sampled.items()}
    return Counts(states, is_about=True, at_most=0 if hits else estimates.rounded(LIKELY * step))


def _by_sample(asked: tuple[Meaning, ...]) -> tuple[dict[str, int], int]:
    """Those of a sample who fit by their states, and for how many each stands; nothing where each is looked at."""
    places, step = estimates.sample(_rows, SAMPLE)
    if step == 1:
        return {}, step
    standing = _standing().label("standing")
    sampled = _people().join(places, places.c.id == Subscription.id)
    query = sa.select(standing, sa.func.count()).select_from(sampled).where(*asked).group_by(standing)
    return dict(db.session.execute(query).tuples().all()), step
