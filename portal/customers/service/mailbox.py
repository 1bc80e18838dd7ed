"""A customer is reached where their account is."""

from portal.accounts.models import Account
from portal.audit.service import Actor, record
from portal.customers import queries
from portal.customers.service.records import bump, changes, facts, refresh_copies, subject
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
