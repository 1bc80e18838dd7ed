"""A customer is reached where their account is; an address that is let go may have another account."""

from portal.accounts.models import Account
from portal.accounts.service import releasing
from portal.audit.service import Actor, record
from portal.customers import queries
from portal.customers.models import Customer
from portal.customers.service.records import account_of, bump, changes, facts, refresh_copies, subject
from portal.foundation.database import db


def follow(account: Account, *, by: Actor) -> None:
    """Take over the address of an account that has another one now.

    Raises:
        IntegrityError: another customer has it; whoever moves the account undoes both.
    """
    customer = queries.by_account(account.id)
    if customer is None:
        return
    before = facts(customer)
    customer.email, customer.email_key = account.email, account.email_key
    refresh_copies(customer)
    db.session.flush()
    bump(customer)
    record("customer.changed", subject(customer), by=by, changes=changes(before, customer))


def release(customer: Customer, *, by: Actor) -> None:
    """Let an address go, so that whoever reads its mailbox may register anew; on the record it stays to be read."""
    account = account_of(customer)
    if account is not None:
        releasing.release(account)
    customer.email_key = None
    db.session.flush()
    bump(customer)
    record("customer.address_released", subject(customer), by=by)
