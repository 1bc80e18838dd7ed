"""The tables of this feature."""

from portal.customers.models.address import Address
from portal.customers.models.channels import Channel, ChannelAction, ChannelConsent, ChannelSource
from portal.customers.models.custom_field import ApplicationAnswer, CustomField, FieldGroup, FieldKind, FieldValue
from portal.customers.models.customer import (
    COPIES,
    HAS_OPEN_APPLICATION,
    ONLY_NAME,
    Customer,
    CustomerStatus,
    Gender,
    Origin,
    Telephone,
    TelephoneKind,
    customer_store,
    whole_name,
)
from portal.customers.models.duplicate import DuplicateDue, DuplicateKey, DuplicatePair
from portal.customers.models.inbound import InboundText, TextMeaning
from portal.customers.models.merge import CustomerMerge, NumberAlias
from portal.customers.models.numbering import NumberSequence
from portal.customers.models.photo import CustomerPhoto
from portal.customers.models.pos_settings import PosSettings
from portal.customers.models.statutory import Statutory
from portal.customers.models.tag import Tag, customer_tag
from portal.customers.models.view import CustomerView

__all__ = [
    "COPIES",
    "HAS_OPEN_APPLICATION",
    "ONLY_NAME",
    "Address",
    "ApplicationAnswer",
    "Channel",
    "ChannelAction",
    "ChannelConsent",
    "ChannelSource",
    "CustomField",
    "Customer",
    "CustomerMerge",
    "CustomerPhoto",
    "CustomerStatus",
    "CustomerView",
    "DuplicateDue",
    "DuplicateKey",
    "DuplicatePair",
    "FieldGroup",
    "FieldKind",
    "FieldValue",
    "Gender",
    "InboundText",
    "NumberAlias",
    "NumberSequence",
    "Origin",
    "PosSettings",
    "Statutory",
    "Tag",
    "Telephone",
    "TelephoneKind",
    "TextMeaning",
    "customer_store",
    "customer_tag",
    "whole_name",
]
