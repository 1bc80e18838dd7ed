"""Nora, whom the shop has never heard of: what she types, and the links she is mailed."""

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any, TypeVar

import sqlalchemy as sa
from werkzeug.test import TestResponse

from portal.accounts.models import Account, Realm
from portal.customers.models import Customer
from portal.foundation import emails
from portal.foundation.database import db
from tests.browsing import Browser
from tests.mails import link_in

Row = TypeVar("Row")

EMAIL = "nora@demo.example"
PASSWORD = "violet ladder harbour"
TYPED = {
    "first_name": "Nora",
    "last_name": "Newman",
    "email": EMAIL,
    "telephone": "+44 7700 900456",
    "password": PASSWORD,
    "confirm_password": PASSWORD,
    "security_question": "own",
    "own_question": "What did I name my first bicycle?",
    "security_answer": "Blue Thunder",
    "terms": "1",
}


def register(browser: Browser, *, follow: bool = True, **fields: Any) -> TestResponse:
    """Fill the registration form and send it; a field that is None is not sent."""
    browser.open("/register")
    return browser.send("", follow=follow, **TYPED | fields)


def confirm_links(mails: list[EmailMessage], email: str = EMAIL) -> list[str]:
    """The links mailed to an address that confirm it, oldest first."""
    mine = [mail for mail in mails if mail["To"] == email and "/confirm-email/" in mail.as_string()]
    return [link_in(mail, "/confirm-email/") for mail in mine]


def become_customer(browser: Browser, mailbox: Callable[[], list[EmailMessage]], **fields: Any) -> TestResponse:
    """Register and confirm in the same browser."""
    register(browser, **fields)
    browser.open(confirm_links(mailbox(), fields.get("email", EMAIL))[-1])
    return browser.send()


def account_of(email: str = EMAIL) -> Account | None:
    """The account of an address."""
    mine = sa.select(Account).where(Account.realm == Realm.CUSTOMER, Account.email_key == emails.key(email))
    return db.session.scalar(mine)


def customer_of(email: str = EMAIL) -> Customer | None:
    """The customer of an address."""
    return db.session.scalar(sa.select(Customer).where(Customer.email_key == emails.key(email)))


def rows(table: type[Row]) -> list[Row]:
    """Every row of a table, oldest first."""
    return list(db.session.scalars(sa.select(table).order_by(*sa.inspect(table).primary_key)))


def only(table: type[Row]) -> Row:
    """The one row of a table."""
    [row] = rows(table)
    return row


def count(table: type) -> int:
    """How many rows a table has."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
