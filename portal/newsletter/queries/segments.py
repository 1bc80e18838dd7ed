"""Segments, who is in them, and how many they are: exactly where that is quick, by a sample where it is not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from portal.accounts.models import Account
from portal.customers.models import Customer
from portal.foundation import estimates, lately
from portal.foundation.database import LARGEST_ID, db, table_of
from portal.mail.models import Suppression
from portal.newsletter.models import Segment, Subscription, SubscriptionState
from portal.newsletter.rules.conditions import Meaning

SAMPLE = 10_000  # rows that a sample looks at
ENOUGH = 200  # hits in a sample, from which a share says something
REMEMBERED = 20  # seconds
COUNTED_IN = (
    *("subscription", "suppression", "customer", "customer_tag", "customer_store", "custom_value", "account"),
    "delivery_event",
)
SUPPRESSED = "suppressed"  # in place of a state: agreed, but is not written to

_rows = table_of(Subscription)


@dataclass(frozen=True)
class Counts:
    """How many people there are, by the state in which they are; `is_about` where a sample told."""

    states: Mapping[str, int] = field(default_factory=dict)
    is_about: bool = False

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
        return _by_sample(asked) or _counted(asked)

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


def _by_sample(asked: tuple[Meaning, ...]) -> Counts | None:
    """What a sample tells; None where every row can be looked at, or too few of the sample fit."""
    places, step = estimates.sample(_rows, SAMPLE)
    if step == 1:
        return None
    standing = _standing().label("standing")
    sampled = _people().join(places, places.c.id == Subscription.id)
    query = sa.select(standing, sa.func.count()).select_from(sampled).where(*asked).group_by(standing)
    found = dict(db.session.execute(query).tuples().all())
    if sum(found.values()) < ENOUGH:
        return None
    return Counts({state: estimates.rounded(number * step) for state, number in found.items()}, is_about=True)
