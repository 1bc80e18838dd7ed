"""The customer at this request."""

from flask import abort, g

from portal.accounts.guards import the_account
from portal.customers import queries
from portal.customers.models import Customer


def current_customer() -> Customer:
    """The customer of the signed-in account, in a view whose guard made sure that there is one."""
    if "customer" not in g:
        g.customer = queries.by_account(the_account().id)
    customer: Customer | None = g.customer
    if customer is None:
        abort(401)
    return customer
