"""The people of one audience, as staff list and export them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.customers.models import Customer
from portal.foundation import database, pagination
from portal.foundation.database import db
from portal.newsletter.models import Campaign, Delivery, Subscription, SubscriptionState
from portal.newsletter.queries.deliveries import packed

NEWEST_FIRST = pagination.Order(Subscription.id, Subscription.id, descending=True)
AT_ONCE = 1000  # rows of an export that are held at a time


@dataclass(frozen=True)
class Sought:
    """Which people: one audience, one state (every one when None), a part of the address, a further condition."""

    audience_id: int
    state: SubscriptionState | None = SubscriptionState.ACTIVE
    term: str = ""
    further: sa.ColumnElement[bool] | None = None

    @property
    def conditions(self) -> list[sa.ColumnElement[bool]]:
        found: list[sa.ColumnElement[bool]] = [Subscription.audience_id == self.audience_id]
        if self.state is not None:
            found.append(Subscription.state == self.state)
        if self.term:
            found.append(Subscription.email_key.contains(self.term.lower(), autoescape=True))
        return found if self.further is None else [*found, self.further]


def page(sought: Sought, *, after: str = "", before: str = "") -> pagination.Page[Subscription]:
    """A page of them, newest first."""
    query = sa.select(Subscription).where(*sought.conditions)
    return pagination.slice_of(query, NEWEST_FIRST, after=after, before=before)


def count(sought: Sought) -> int:
    """How many they are, exactly."""
    return int(db.session.scalar(sa.select(sa.func.count(Subscription.id)).where(*sought.conditions)) or 0)


def customers_of(rows: Sequence[Subscription]) -> dict[str, Customer]:
    """The customers among them, by the key of their address."""
    keys = [row.email_key for row in rows]
    return {
        customer.email_key: customer
        for customer in db.session.scalars(sa.select(Customer).where(Customer.email_key.in_(keys)))
        if customer.email_key
    }


def exported(sought: Sought) -> Iterator[sa.Row[Any]]:
    """All of them, oldest first, a thousand at a time; no transaction is held while the reader is slow."""
    columns = (
        Subscription.id,
        Subscription.email,
        Subscription.state,
        Subscription.changed_at,
        Customer.number,
        Customer.first_name,
        Customer.last_name,
    )
    query = (
        sa.select(*columns)
        .outerjoin(Customer, Customer.email_key == Subscription.email_key)
        .where(*sought.conditions)
        .order_by(Subscription.id)
        .limit(AT_ONCE)
    )
    last = 0
    while True:
        with database.reading():
            rows = db.session.execute(query.where(Subscription.id > last)).all()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        last = rows[-1].id


@dataclass(frozen=True)
class Mailed:
    """A campaign, how its mail to somebody stands, what the server said, and when."""

    id: int
    name: str
    state: int
    code: str | None
    at: datetime | None


def mailed(subscriptions: Sequence[Subscription], most: int = 50) -> list[Mailed]:
    """What campaigns sent to somebody, newest first."""
    ids = [row.id for row in subscriptions]
    lately = (
        sa.select(Campaign.id, Campaign.name)
        .where(Campaign.audience_id.in_({row.audience_id for row in subscriptions}), Campaign.started_at.is_not(None))
        .order_by(Campaign.id.desc())
        .limit(most)
    )
    names = dict(db.session.execute(lately).tuples().all())
    rows = sa.select(Delivery).where(Delivery.campaign_id.in_(names), Delivery.subscription_id.in_(ids))
    found = [
        Mailed(one.campaign_id, names[one.campaign_id], one.state, getattr(one, "code", None), one.at)
        for one in (*db.session.scalars(rows), *packed(names, ids))
    ]
    return sorted(found, key=lambda mail: mail.id, reverse=True)
