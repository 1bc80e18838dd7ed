"""News of other features that concern groups."""

from portal.audit.service import Actor
from portal.customers.events import customer_erased
from portal.customers.models import Customer
from portal.foundation.holdings import Person
from portal.groups.service import applications


def connect() -> None:
    """Hear of them from now on."""
    customer_erased.connect(close_application)


def close_application(customer: Customer, *, person: Person, by: Actor) -> None:
    """Nobody decides on the application of who was erased."""
    del person
    applications.close_open(customer, by=by)
