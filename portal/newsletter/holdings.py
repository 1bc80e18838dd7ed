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
