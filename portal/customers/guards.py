"""The customer at this request."""

from flask import abort, g

from portal.accounts.guards import current_account
from portal.customers import queries
from portal.customers.models import Customer


def customer_if_any() -> Customer | None:
    """The customer who is signed in, None when nobody is or an applicant waits; asked for once in a request."""
    if "customer" not in g:
        account = current_account()
        g.customer = queries.by_account(account.id) if account else None
    customer: Customer | None = g.customer
    return customer


def current_customer() -> Customer:
    """The customer who is signed in, in a view whose guard made sure that there is one."""
    customer = customer_if_any()
    if customer is None:
        abort(401)
    return customer
