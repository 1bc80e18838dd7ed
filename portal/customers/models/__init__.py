"""The tables of this feature."""

from portal.customers.models.address import Address
from portal.customers.models.customer import (
    Customer,
    CustomerStatus,
    Origin,
    Telephone,
    TelephoneKind,
    customer_store,
)
from portal.customers.models.numbering import NumberSequence

__all__ = [
    "Address",
    "Customer",
    "CustomerStatus",
    "NumberSequence",
    "Origin",
    "Telephone",
    "TelephoneKind",
    "customer_store",
]
