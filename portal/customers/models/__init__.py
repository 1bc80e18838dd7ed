"""The tables of this feature."""

from portal.customers.models.address import Address
from portal.customers.models.custom_field import ApplicationAnswer, CustomField, FieldGroup, FieldKind, FieldValue
from portal.customers.models.customer import (
    ONLY_NAME,
    Customer,
    CustomerStatus,
    Origin,
    Telephone,
    TelephoneKind,
    customer_store,
)
from portal.customers.models.numbering import NumberSequence
from portal.customers.models.tag import Tag, customer_tag

__all__ = [
    "ONLY_NAME",
    "Address",
    "ApplicationAnswer",
    "CustomField",
    "Customer",
    "CustomerStatus",
    "FieldGroup",
    "FieldKind",
    "FieldValue",
    "NumberSequence",
    "Origin",
    "Tag",
    "Telephone",
    "TelephoneKind",
    "customer_store",
    "customer_tag",
]
