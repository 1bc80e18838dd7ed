"""What the newsletter holds about a person (see `foundation.holdings`)."""

import sqlalchemy as sa

from portal.foundation.holdings import Holding, Person, declare
from portal.foundation.text import lazy
from portal.newsletter import queries


def _ledger_of(person: Person) -> sa.ColumnElement[bool]:
    return sa.or_(sa.false(), *(queries.is_about(key) for key in person.emails))


declare(
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
