"""Statuses and fields in words, as every page about customers says them."""

from portal.config import settings
from portal.customers.models import Customer, CustomerStatus
from portal.customers.rules import telephones
from portal.foundation.text import lazy

STATUS = {
    CustomerStatus.ENABLED: ("ok", lazy("Enabled")),
    CustomerStatus.WAITING: ("wait", lazy("Waiting for approval")),
    CustomerStatus.DECLINED: ("bad", lazy("Declined")),
    CustomerStatus.UNCONFIRMED: ("info", lazy("Not confirmed")),
    CustomerStatus.NO_ACCOUNT: ("off", lazy("No account")),
    CustomerStatus.DISABLED: ("bad", lazy("Disabled")),
    CustomerStatus.CLOSING: ("off", lazy("Deletion due")),
}

FIELDS = {
    "customer_number": lazy("Customer number"),
    "first_name": lazy("First name"),
    "last_name": lazy("Last name"),
    "email": lazy("Email"),
    "telephone": lazy("Telephone"),
    "customer_group": lazy("Customer group"),
    "group": lazy("Customer group"),
    "stores": lazy("Stores"),
    "newsletter": lazy("Newsletter"),
    "status": lazy("Status"),
    "address": lazy("Address"),
    "application": lazy("Application"),
    "disabled_reason": lazy("Reason"),
}

VERBS = {
    "customer.added": lazy("Added"),
    "customer.changed": lazy("Details changed"),
    "customer.account_opened": lazy("Account opened"),
    "customer.disabled": lazy("Disabled"),
    "customer.enabled": lazy("Enabled"),
    "customer.invited": lazy("Invitation sent"),
    "customer.regrouped": lazy("Moved to another group"),
    "customer.address_added": lazy("Address added"),
    "customer.address_changed": lazy("Address changed"),
    "customer.address_removed": lazy("Address removed"),
    "customer.signed_out": lazy("Signed out everywhere"),
    "customer.mail_sent_again": lazy("Mail sent again"),
    "send reset link": lazy("Reset link sent"),
    "application.submitted": lazy("Applied"),
    "application.approved": lazy("Application approved"),
    "application.declined": lazy("Application declined"),
    "application.withdrawn": lazy("Application withdrawn"),
    "application.expired": lazy("Application ran out"),
}
KINDS = {
    "customer.added": "ok",
    "customer.account_opened": "ok",
    "customer.enabled": "ok",
    "customer.disabled": "bad",
    "application.submitted": "wait",
    "application.approved": "ok",
    "application.declined": "bad",
}


def status_options() -> list[tuple[str, str]]:
    """The statuses that a customer may have now, for a choice."""
    return [(status.value, said) for status, (_, said) in STATUS.items() if status is not CustomerStatus.CLOSING]


def telephone(customer: Customer) -> str:
    """The primary telephone as the shop's country writes it, empty when there is none."""
    known = customer.telephone
    if known is None:
        return ""
    return telephones.national(known.e164, settings().shop_country) if known.e164 else known.typed


def verb(name: str) -> str:
    """An act of the audit log in words."""
    return str(VERBS.get(name) or name.replace(".", " ").replace("_", " ").capitalize())


def field(name: str) -> str:
    """A field in words."""
    return str(FIELDS.get(name) or name.replace("_", " ").capitalize())
