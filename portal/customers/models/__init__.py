"""The tables of this feature."""

from portal.customers.models.address import Address
from portal.customers.models.customer import (
    ONLY_NAME,
    Customer,
    CustomerStatus,
    Origin,
    Telephone,
    TelephoneKind,
    customer_store,
)
from portal.customers.models.duplicate import DuplicateDue, DuplicateKey, DuplicatePair
from portal.customers.models.merge import CustomerMerge, NumberAlias
from portal.customers.models.numbering import NumberSequence

__all__ = [
    "ONLY_NAME",
    "Address",
    "Customer",
    "CustomerMerge",
    "CustomerStatus",
    "DuplicateDue",
    "DuplicateKey",
    "DuplicatePair",
    "NumberAlias",
    "NumberSequence",
    "Origin",
    "Telephone",
    "TelephoneKind",
    "customer_store",
]
