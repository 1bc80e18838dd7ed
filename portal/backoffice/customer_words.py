"""Statuses and telephones in words, as every page about customers says them."""

from portal.config import settings
from portal.customers.models import Channel, Customer, CustomerStatus
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

CHANNEL = {
    Channel.EMAIL: lazy("Email"),
    Channel.SMS: lazy("Text messages"),
    Channel.TELEPHONE: lazy("Telephone calls"),
    Channel.POST: lazy("Post"),
}


def status_options() -> list[tuple[str, str]]:
    """The statuses that a customer may have now, for a choice."""
    return [(status.value, said) for status, (_, said) in STATUS.items() if status is not CustomerStatus.CLOSING]


def telephone(customer: Customer) -> str:
    """The primary telephone as the shop's country writes it, empty when there is none."""
    return telephones.shown(customer.telephone, settings().shop_country)
