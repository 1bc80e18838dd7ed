"""The steps of a change of address, as somebody at a browser and at two mailboxes takes them."""

import sqlalchemy as sa

from portal.accounts.models import Account, EmailChange
from portal.foundation.database import db
from tests.accounts.test_sessions import sign_in
from tests.mails import link_in, text_of

NEW = "ann.new@demo.example"


def account():
    """The first account there is: Ann's."""
    return db.session.scalars(sa.select(Account).order_by(Account.id)).first()


def change_to(browser, email=NEW):
    """Ask for another address on the page."""
    browser.open("/account/security/email")
    return browser.send("/account/security/email", email=email)


def mails_to(mailbox, email, subject=""):
    """The mails to an address, oldest first."""
    return [mail for mail in mailbox() if mail["To"] == email and subject in mail["Subject"]]


def link_to(mailbox, email, start):
    """The newest link of a kind in somebody's mailbox."""
    mails = [mail for mail in mails_to(mailbox, email) if start in text_of(mail)]
    return link_in(mails[-1], start)


def sign_in_as(browser, person):
    """Somebody signs in at their browser, which comes back."""
    sign_in(browser, person)
    return browser


def states():
    """How far each change of address has come, in order."""
    db.session.expire_all()
    return [change.state.value for change in db.session.scalars(sa.select(EmailChange).order_by(EmailChange.id))]
