"""Disable and enable: the flag is the customer's, the account follows it."""

from portal.accounts.models import AccountStatus
from portal.accounts.service import sessions
from portal.audit.service import Actor, record
from portal.customers.models import Customer
from portal.customers.service.records import account_of, bump, changes, facts, refresh_status, subject
from portal.foundation.clock import now


def disable(customer: Customer, reason: str, by: Actor) -> None:
    """Close the door: nobody signs in, every session ends. Somebody who is disabled already stays so, unwritten."""
    if customer.disabled_at is not None:
        return
    bump(customer)  # first, so that whoever decides on the customer meanwhile waits for its row, not each for the other
    before = facts(customer)
    customer.disabled_at, customer.disabled_by, customer.disabled_reason = now(), by.name[:120], reason
    account = account_of(customer)
    if account is not None:
        account.status = AccountStatus.DISABLED
        sessions.end_all(account)
    refresh_status(customer)
    record("customer.disabled", subject(customer), by=by, changes=changes(before, customer), reason=reason)


def enable(customer: Customer, by: Actor) -> None:
    """Open the door again. Somebody who is not disabled stays as they are."""
    if customer.disabled_at is None:
        return
    bump(customer)
    before = facts(customer)
    reason = customer.disabled_reason
    customer.disabled_at, customer.disabled_by, customer.disabled_reason = None, "", ""
    account = account_of(customer)
    if account is not None:
        account.status = AccountStatus.ENABLED
    refresh_status(customer)
    told = {**changes(before, customer), "disabled_reason": (reason, "")}
    record("customer.enabled", subject(customer), by=by, changes=told)
