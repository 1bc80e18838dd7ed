"""What this feature holds about a person (see `foundation.holdings`)."""

import sqlalchemy as sa

from portal.customers.models import Customer, CustomerStatus
from portal.customers.service import further, sealing
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
    Holding(table="customer_telephone", by=OF_CUSTOMER, title=lazy("Telephones"), moves=True),
    Holding(
        table="customer_address",
        by=OF_CUSTOMER,
        title=lazy("Addresses"),
        encrypted={"gate_code": sealing.PURPOSE},
        hidden=frozenset({"version"}),
        moves=True,
    ),
    Holding(
        table="stored_file",
        by=OF_CUSTOMER,
        title=lazy("Files"),
        hidden=frozenset({"key", "sha256"}),
        kept=True,  # its bytes have to go, too: see `service.erasure`
    ),
    Holding(table="customer_store", by=OF_CUSTOMER, title=lazy("Stores"), moves=True),
    Holding(table="custom_value", by=OF_CUSTOMER, title=lazy("More details"), moves=True),
    Holding(table="application_answer", via=("application_id", "application"), title=lazy("Answers to applications")),
    Holding(table="customer_tag", by=OF_CUSTOMER, title=lazy("Tags"), moves=True),
)

ENCRYPTED = dict.fromkeys(further.SEALED, sealing.PURPOSE)

declare(
    Holding(table="customer_statutory", by=OF_CUSTOMER, title=lazy("Numbers of the state"), encrypted=ENCRYPTED),
    Holding(table="customer_pos_settings", by=OF_CUSTOMER, title=lazy("At the till")),
    Holding(table="customer_photo", by=OF_CUSTOMER),  # the pictures themselves are files
    Holding(
        table="customer_view",
        by=OF_CUSTOMER,
        title=lazy("Looked at by the shop"),
        hidden=frozenset({"member_id", "member_name"}),
        moves=True,
    ),
    # Proof has to last (GDPR Art. 7(1)); what staff wrote down of it goes.
    Holding(
        table="channel_consent",
        by=OF_CUSTOMER,
        title=lazy("Consent by channel"),
        hidden=frozenset({"who"}),
        emptied={"words": ""},
    ),
)
