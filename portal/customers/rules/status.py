"""The one word that says how things stand with a customer."""

from portal.accounts.models import Account, Hold
from portal.customers.models import Customer, CustomerStatus

HOLDS = {Hold.WAITING: CustomerStatus.WAITING, Hold.DECLINED: CustomerStatus.DECLINED}


def status_of(customer: Customer, account: Account | None) -> CustomerStatus:
    """The first word that fits."""
    if account is not None and account.closing_at is not None:
        return CustomerStatus.CLOSING
    if customer.disabled_at is not None:
        return CustomerStatus.DISABLED
    if account is None:
        return CustomerStatus.UNCONFIRMED if customer.invited_at is not None else CustomerStatus.NO_ACCOUNT
    return HOLDS[account.held_for] if account.held_for is not None else CustomerStatus.ENABLED
