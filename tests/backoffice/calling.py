"""A member of staff at the help desk, with somebody on the telephone."""

import sqlalchemy as sa

from portal.accounts.service import support_pin
from portal.audit.models import AuditEntry
from portal.foundation.database import db
from portal.staff.rules import ROLES
from tests import cast

LIST = "/staff/customers"
CLERK = set(ROLES["clerk"])


def enter(browser, person, permissions=CLERK, role="clerk"):
    cast.member(person, role, permissions)
    browser.open("/staff/sign-in")
    browser.send(email=person.email, password=cast.STAFF_PASSWORD)
    assert browser.path == "/staff"
    return browser


def open_case(browser, customer, reason="Forgot the password"):
    if "/identity/close" in browser.open(f"{LIST}/{customer.number}/identity").text:
        browser.send("/identity/close")
        browser.open(f"{LIST}/{customer.number}/identity")
    return browser.send("/identity", reason=reason)


def ask(browser, customer):
    open_case(browser, customer)
    return browser.send("/identity/question")


def say(browser, said):
    return browser.send("/identity/answer", said=said)


def make_pin(customer):
    pin = support_pin.make(customer.account)
    db.session.commit()
    return pin


def verbs():
    return list(db.session.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.id)))


def secret_of(browser):
    """The secret of the forms of the page that is open, for sending one that is not on it."""
    return browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]
