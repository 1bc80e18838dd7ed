"""News of other features that concern files of customers."""

from portal.audit.service import Actor
from portal.customers.events import customer_erased
from portal.customers.models import Customer
from portal.customers.service import persons
from portal.foundation.holdings import Person
from portal.transfers.service import permitting, refusing


def connect() -> None:
    """Hear of them from now on."""
    customer_erased.connect(forget)


def forget(customer: Customer, *, person: Person, by: Actor) -> None:
    """What was asked for about somebody who is erased goes, too: a filter, a reason or a refused row may name them."""
    del person, by
    words = persons.words_for(customer)
    permitting.forget(words)
    refusing.forget(words, persons.names_of(customer))
