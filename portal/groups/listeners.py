"""News of other features that concern groups."""

from typing import Any

from portal.audit.service import Actor
from portal.customers.events import customer_erased, customers_merged, customers_parted
from portal.customers.models import Customer
from portal.foundation.holdings import Person
from portal.groups.service import applications, uniting


def connect() -> None:
    """Hear of them from now on."""
    customer_erased.connect(close_application)
    customers_merged.connect(keep_one_application)
    customers_parted.connect(reopen_application)


def close_application(customer: Customer, *, person: Person, by: Actor) -> None:
    """Nobody decides on the application of who was erased."""
    del person
    applications.close_open(customer, by=by)


def keep_one_application(customer: Customer, *, gone: Customer, before: dict[str, Any], by: Actor) -> None:
    """One person has one application: that of the record that stays, where both had one."""
    del customer
    uniting.withdraw(gone, before, by=by)


def reopen_application(customer: Customer, *, gone: Customer, by: Actor) -> None:
    """Both have theirs again when the two are taken apart."""
    del customer
    uniting.reopen(gone, by=by)
