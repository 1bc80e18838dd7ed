"""What the newsletter holds about a person (see `foundation.holdings`)."""

import sqlalchemy as sa

from portal.foundation.database import db
from portal.foundation.holdings import Holding, Person, declare
from portal.foundation.text import lazy
from portal.newsletter import queries
from portal.newsletter.models import Campaign, Delivery, DeliveryBits, DeliveryState, Subscription
from portal.newsletter.queries.deliveries import packed


def _ledger_of(person: Person) -> sa.ColumnElement[bool]:
    return sa.or_(sa.false(), *(queries.is_about(key) for key in person.emails))


def _mails_to(person: Person) -> sa.ColumnElement[bool]:
    """Campaign by campaign, as the ledger is looked up."""
    theirs = sa.or_(Subscription.email_key.in_(person.emails), Subscription.customer_id.in_(person.customers))
    return sa.and_(
        Delivery.campaign_id.in_(sa.select(Campaign.id)),
        Delivery.subscription_id.in_(sa.select(Subscription.id).where(theirs)),
    )


def _packed_of(person: Person) -> sa.ColumnElement[bool]:
    """Rows with a bit for this person: only their bits say so, and no database reads those alike."""
    theirs = sa.or_(Subscription.email_key.in_(person.emails), Subscription.customer_id.in_(person.customers))
    ids = db.session.scalars(sa.select(Subscription.id).where(theirs)).all()
    found = {(one.campaign_id, one.first_id, one.state) for one in packed(sa.select(Campaign.id), ids)}
    if not found:
        return sa.false()
    return sa.tuple_(DeliveryBits.campaign_id, DeliveryBits.first_id, DeliveryBits.state).in_(found)


_STATES = {int(state): state.name.lower() for state in DeliveryState}

declare(
    Holding(
        table="delivery",
        via=("subscription_id", "subscription"),
        found=_mails_to,
        title=lazy("Newsletters that were sent"),
        hidden=frozenset({"chunk", "attempt", "epoch", "retry_at"}),
        instead={"state": sa.case(_STATES, value=Delivery.state)},
        # The sums of a campaign stay true; what a server said may name the address.
        emptied={"code": None},
    ),
    Holding(
        table="delivery_bits",
        found=_packed_of,
        title=lazy("Newsletters that were sent long ago"),
        hidden=frozenset({"first_id", "last_id", "bits"}),
        instead={"state": sa.case(_STATES, value=DeliveryBits.state)},
        # Once the subscription is gone, nobody can tell whose a bit was; others of the row are still there.
        kept=True,
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
