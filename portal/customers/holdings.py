"""What this feature holds about a person (see `foundation.holdings`)."""

import sqlalchemy as sa

from portal.customers.models import Customer, CustomerStatus
from portal.customers.service.further import SEALED
from portal.customers.service.sealing import PURPOSE
from portal.foundation.clock import now
from portal.foundation.database import table_of
from portal.foundation.holdings import Holding, blank, declare
from portal.foundation.text import lazy

OF_CUSTOMER = {"customer_id": "customers"}
NOBODY = "-"  # stands for the address, since a customer has one or a telephone

# The row stays for what refers to it, and so that its id never comes to mean somebody else.
_customer = table_of(Customer)
EMPTY_CUSTOMER = {
    **blank(_customer, ("id", "created_at", "created_through", "version")),
    "number": sa.literal("erased-") + sa.cast(_customer.c.id, sa.String),
    "email": NOBODY,
    "status": CustomerStatus.DISABLED,
    "version": _customer.c.version + 1,
    "erased_at": sa.bindparam("erased_at", callable_=now, type_=_customer.c.erased_at.type),
}

declare(
    Holding(
        table="customer",
        by={"id": "customers"},
        title=lazy("Customer record"),
        hidden=frozenset({"search_text", "sort_name", "telephone_count", "version", "disabled_by", "created_by"}),
        emptied=EMPTY_CUSTOMER,
    ),
    Holding(
        table="customer_telephone",
        by=OF_CUSTOMER,
        title=lazy("Telephones"),
        hidden=frozenset({"verified_by"}),
        moves=True,
        lowered=("is_primary",),
        same=("e164",),
    ),
    Holding(
        table="customer_address",
        by=OF_CUSTOMER,
        title=lazy("Addresses"),
        hidden=frozenset({"version"}),
        encrypted={"gate_code": PURPOSE},
        moves=True,
        lowered=("is_billing", "is_delivery"),
    ),
    Holding(
        table="stored_file",
        by=OF_CUSTOMER,
        title=lazy("Files"),
        hidden=frozenset({"key", "sha256"}),
        moves=True,
        kept=True,  # its bytes have to go, too: see `service.erasure`
    ),
    Holding(
        table="customer_statutory",
        by=OF_CUSTOMER,
        title=lazy("Numbers from the state"),
        encrypted=dict.fromkeys(SEALED, PURPOSE),
        moves=True,
    ),
    Holding(table="customer_pos_settings", by=OF_CUSTOMER, title=lazy("At the till"), moves=True),
    Holding(
        table="customer_photo",
        by=OF_CUSTOMER,
        title=lazy("Photo"),
        hidden=frozenset({"large_id", "small_id"}),
        moves=True,
    ),
    Holding(
        table="customer_view",
        by=OF_CUSTOMER,
        title=lazy("Looked at by staff"),
        hidden=frozenset({"member_id", "member_name"}),
        moves=True,
    ),
    # That somebody agreed, or did no longer, stays on the record of nobody; what was said does not.
    Holding(
        table="channel_consent",
        by=OF_CUSTOMER,
        title=lazy("Consent by channel"),
        hidden=frozenset({"who"}),  # a member of staff
        emptied={"words": "", "who": ""},
    ),
    Holding(table="duplicate_pair", by={"first_id": "customers", "second_id": "customers"}),
    Holding(table="duplicate_key", by=OF_CUSTOMER),
    Holding(table="duplicate_due", by=OF_CUSTOMER),
    Holding(table="customer_merge", by={"kept_id": "customers", "gone_id": "customers"}),
    Holding(
        table="customer_number_alias",
        by=OF_CUSTOMER,
        title=lazy("Numbers of before"),
        moves=True,
    ),
    Holding(table="customer_store", by=OF_CUSTOMER, title=lazy("Stores"), moves=True),
    Holding(table="custom_value", by=OF_CUSTOMER, title=lazy("More details"), moves=True),
    Holding(table="application_answer", via=("application_id", "application"), title=lazy("Answers to applications")),
    Holding(table="customer_tag", by=OF_CUSTOMER, title=lazy("Tags"), moves=True),
)
