"""A member of staff at the help desk, with somebody on the telephone."""

import sqlalchemy as sa

from portal.accounts.models import Account, EmailChange
from portal.accounts.service import email_change, support_pin
from portal.audit.models import AuditEntry
from portal.customers.models import Customer
from portal.foundation import database
from portal.foundation.database import db
from portal.staff.rules import ROLES
from tests import cast

LIST = "/staff/customers"
NEW = "ann.new@demo.example"
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


def verify(browser, customer):
    open_case(browser, customer)
    assert "Match." in browser.send("/identity/pin", pin=make_pin(customer)).text


def edit(browser, customer, **fields):
    browser.open(f"{LIST}/{customer.number}/edit")
    return browser.send(**fields)


def ask_for(browser, customer, email=NEW):
    verify(browser, customer)
    return edit(browser, customer, email=email)


def change():
    db.session.expire_all()
    return db.session.scalars(sa.select(EmailChange).order_by(EmailChange.id.desc())).first()


def address():
    db.session.expire_all()
    [mine] = {(row.email, row.email_key) for row in db.session.scalars(sa.select(Account)) if row.realm == "customer"}
    assert mine == db.session.execute(sa.select(Customer.email, Customer.email_key)).one()
    return mine[0]


def sweep():
    with database.transaction():
        email_change.apply_due()
