"""What a customer's pages are about: all that they are known by, asked with one statement of most of them."""

import sqlalchemy as sa

from portal.accounts.models import Account, EmailChange, Realm
from portal.customers.models import Customer, CustomerMerge
from portal.customers.service import persons
from portal.foundation.database import db
from portal.foundation.holdings import Person


def all_of(customer: Customer) -> Person:
    """The same as `persons.person_of`, for a page that many open.

    Most people are one record that never merged, with the one address that they always had: one statement tells so.
    """
    if _is_plain(customer):
        accounts = () if customer.account_id is None else (customer.account_id,)
        emails = () if customer.email_key is None else (customer.email_key,)
        return Person((customer.id,), accounts, emails)
    return persons.person_of(customer)


def _is_plain(customer: Customer) -> bool:
    if customer.email and customer.email_key is None:
        return False  # their address was released, and may be somebody else's by now
    more = [sa.exists().where(CustomerMerge.kept_id == customer.id, CustomerMerge.undone_at.is_(None))]
    if customer.account_id is not None:
        more.append(sa.exists().where(EmailChange.account_id == customer.account_id))
    if customer.email_key is not None:
        signs_in = sa.and_(Account.realm == Realm.CUSTOMER, Account.email_key == customer.email_key)
        more.append(sa.exists().where(signs_in, Account.id.is_distinct_from(customer.account_id)))
    return not any(db.session.execute(sa.select(*more)).one())
