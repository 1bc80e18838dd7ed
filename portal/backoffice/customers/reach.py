"""Whom the member at work may reach: customers of the stores in which the right of this door holds."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from portal.customers import queries as customers
from portal.customers.errors import EmailInUse, ExternalIdInUse, NumberInUse
from portal.customers.models import Customer
from portal.customers.queries import Condition
from portal.foundation.database import db
from portal.foundation.errors import DomainError
from portal.foundation.text import _
from portal.staff import guards
from portal.staff.rules import Permission, Reach
from portal.stores import queries as stores
from portal.stores.models import ONLINE, Store

NAMING = (EmailInUse, ExternalIdInUse, NumberInUse)  # refusals that name another customer


def within(permission: Permission | None = None) -> Condition:
    """Condition on customers: within reach of a right, that of this door unless another one is named."""
    return customers.of_stores(guards.scope() if permission is None else guards.stores_for(permission))


def met(numbers: Collection[str]) -> set[str]:
    """Those of these numbers whose customers the member at work meets."""
    found = sa.select(Customer.number).where(Customer.number.in_(numbers), within(Permission.CUSTOMER_VIEW))
    return set(db.session.scalars(found))


def reaches(customer: Customer) -> bool:
    """Whether a customer is within reach of the right of this door; then the page is about them from now on."""
    found = any(is_within(store) for store in customer.stores)
    if found:
        about(customer)
    return found


def about(customer: Customer) -> None:
    """Let the page offer what the member at work may do to this customer, and no more."""
    guards.at_hand({store.id for store in customer.stores})


def offered(customer: Customer | None = None) -> list[Store]:
    """The stores that can be ticked: open ones within reach, and those within reach that the customer has."""
    has = {store.id for store in customer.stores} if customer is not None else set[int]()
    return [store for store in stores.every() if is_within(store) and (not store.is_retired or store.id in has)]


def out_of_reach(customer: Customer) -> list[Store]:
    """The customer's stores about which the member at work has no say: they stay."""
    return [store for store in customer.stores if not is_within(store)]


def is_within(store: Store) -> bool:
    """Whether the right of this door holds in a store."""
    reach: Reach = guards.scope()
    return reach is None or store.id in reach


def first_store() -> Sequence[Store]:
    """What is ticked for somebody new: the store that is everybody's default, or the first within reach."""
    everywhere = offered()
    return [store for store in everywhere if store.code == ONLINE] or everywhere[:1]


def told(refusal: DomainError) -> str:
    """A refusal in words that name nobody whom the reader may not know."""
    if isinstance(refusal, NAMING) and guards.scope() is not None:
        return _("Somebody else has this, perhaps a customer of another store.")
    return str(refusal)
