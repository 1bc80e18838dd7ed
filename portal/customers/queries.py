"""Finding customers: by what they are known by."""

import sqlalchemy as sa

from portal.customers.models import Customer
from portal.customers.rules import numbers
from portal.foundation import emails
from portal.foundation.database import db


def by_account(account_id: int) -> Customer | None:
    """The customer of an account."""
    return db.session.scalar(sa.select(Customer).where(Customer.account_id == account_id))


def by_number(number: str) -> Customer | None:
    """The customer with this number, however it was typed."""
    read = numbers.read(number)
    if numbers.TYPED.fullmatch(read) is None:
        return None
    return db.session.scalar(sa.select(Customer).where(Customer.number == read))


def by_email(email: str) -> Customer | None:
    """The customer with this address, in any spelling of it."""
    return db.session.scalar(sa.select(Customer).where(Customer.email_key == emails.key(email)))
