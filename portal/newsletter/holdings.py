"""What the newsletter holds about a person (see `foundation.holdings`)."""

from portal.foundation.holdings import Holding, declare
from portal.foundation.text import lazy

declare(
    Holding(
        table="subscription",
        by={"email_key": "emails", "customer_id": "customers"},
        title=lazy("Newsletters"),
    ),
    # Proof of consent stays without the address (see the listener of erasures), under a hash that only we can make.
    Holding(table="consent_event", by={"email": "emails"}, kept=True),
)
