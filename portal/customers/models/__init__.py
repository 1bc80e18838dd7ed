"""The tables of this feature."""

from portal.customers.models.address import Address
from portal.customers.models.customer import (
    HAS_OPEN_APPLICATION,
    ONLY_NAME,
    Customer,
    CustomerStatus,
    Origin,
    Telephone,
    TelephoneKind,
    customer_store,
    whole_name,
)
from portal.customers.models.numbering import NumberSequence

__all__ = [
    "HAS_OPEN_APPLICATION",
    "ONLY_NAME",
    "Address",
    "Customer",
    "CustomerStatus",
    "NumberSequence",
    "Origin",
    "Telephone",
    "TelephoneKind",
    "customer_store",
    "whole_name",
]
