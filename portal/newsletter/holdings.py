"""What the newsletter holds about a person (see `foundation.holdings`)."""

import sqlalchemy as sa

from portal.foundation.holdings import Holding, Person, declare
from portal.foundation.text import lazy
from portal.newsletter import queries
from portal.newsletter.models import Campaign, Delivery, DeliveryState, Subscription


def _ledger_of(person: Person) -> sa.ColumnElement[bool]:
    return sa.or_(sa.false(), *(queries.is_about(key) for key in person.emails))


def _mails_to(person: Person) -> sa.ColumnElement[bool]:
    """Campaign by campaign, as the ledger is looked up."""
    theirs = sa.or_(Subscription.email_key.in_(person.emails), Subscription.customer_id.in_(person.customers))
    return sa.and_(
        Delivery.campaign_id.in_(sa.select(Campaign.id)),
        Delivery.subscription_id.in_(sa.select(Subscription.id).where(theirs)),
    )


declare(
    Holding(
        table="delivery",
        via=("subscription_id", "subscription"),
        found=_mails_to,
        title=lazy("Newsletters that were sent"),
        hidden=frozenset({"chunk", "attempt", "epoch", "retry_at"}),
        instead={"state": sa.case({int(state): state.name.lower() for state in DeliveryState}, value=Delivery.state)},
        # The sums of a campaign stay true; what a server said may name the address.
        emptied={"code": None},
    ),
    Holding(
        table="subscription",
        by={"email_key": "emails", "customer_id": "customers"},
        title=lazy("Newsletters"),
    ),
    Holding(
        table="delivery_event",
        via=("subscription_id", "subscription"),
        title=lazy("Newsletters that came back, and links that were opened"),
        hidden=frozenset({"slot"}),
        # What is left says that somebody's mail bounced or was clicked, and not whose: the subscription is gone.
        emptied={"detail": ""},
    ),
    Holding(
        table="inbound_report",
        via=("subscription_id", "subscription"),
        title=lazy("What mail servers and providers wrote about newsletters"),
        hidden=frozenset({"raw", "settled_by"}),
    ),
    # Proof of consent stays without the address (see the listener of erasures), under a hash that only we can make.
    Holding(
        table="consent_event",
        by={"email": "emails"},
        found=_ledger_of,
        title=lazy("Consent to newsletters, step by step"),
        hidden=frozenset({"subject_hmac", "actor"}),
        kept=True,
    ),
)
