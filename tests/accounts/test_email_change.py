"""Another address: proven in the new mailbox, told to the old one, and for a week taken back from there."""

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, ChangeState, EmailChange
from portal.foundation.database import db
from tests import cast
from tests.accounts.pressing import press
from tests.accounts.test_sessions import sign_in
from tests.browsing import Browser
from tests.mails import link_in

NEW = "ann.new@demo.example"


@pytest.fixture
def signed_in(browser, ann):
    sign_in(browser)
    return browser


def change_to(browser: Browser, email: str = NEW):
    """Ask for another address on the page."""
    browser.open("/account/security/email")
    return browser.send("/account/security/email", email=email)


def account():
    return db.session.scalars(sa.select(Account).order_by(Account.id)).first()


def mail_to(mailbox, email, subject=""):
    """The newest mail to an address."""
    return [mail for mail in mailbox() if mail["To"] == email and subject in mail["Subject"]][-1]


def test_the_new_mailbox_proves_and_the_address_is_changed(signed_in, browsers, mailbox):
    page = change_to(signed_in)
    assert page.request.path == "/account/security/email"
    assert NEW in page.text
    assert account().email == cast.ANN.email
    link = link_in(mail_to(mailbox, NEW), "/account/email/")
    assert "Stop" in mail_to(mailbox, cast.ANN.email).get_body(("plain",)).get_content()
    assert press(signed_in, link).request.path == "/account/security"
    assert (account().email, account().email_key) == (NEW, NEW)
    assert db.session.scalars(sa.select(EmailChange)).one().state is ChangeState.APPLIED


def test_the_old_mailbox_takes_the_account_back(signed_in, browsers, mailbox):
    change_to(signed_in)
    other = browsers()
    assert press(other, link_in(mail_to(mailbox, NEW), "/account/email/")).request.path == "/sign-in"
    undo = link_in(mail_to(mailbox, cast.ANN.email, "changed"), "/account/email/undo/")
    assert "yours again" in press(other, undo).text
    assert account().email == cast.ANN.email
    assert link_in(mail_to(mailbox, cast.ANN.email, "yours again"), "/recover/")
