"""Telephones and channels as pages name and order them."""

from portal.customers.models import Channel, Customer, Telephone
from portal.foundation.text import lazy

KEPT_WORDS = {
    Channel.SMS: lazy("Text messages"),
    Channel.TELEPHONE: lazy("Telephone calls"),
    Channel.POST: lazy("Post"),
}


def primary_first(customer: Customer) -> list[Telephone]:
    """The telephones of somebody, the one that is called first before the others."""
    return sorted(customer.telephones, key=lambda row: not row.is_primary)
