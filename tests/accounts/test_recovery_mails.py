"""The mails of a recovery: the right one to the stored address, few of them, and no secret kept."""

import pytest
import sqlalchemy as sa

from portal.accounts.events import no_account_for
from portal.foundation.database import db
from portal.mail.models import OutboxMessage, State
from portal.mail.service import Letter
from tests import cast
from tests.accounts import stage
from tests.accounts.recovering import NEW, recover
from tests.mails import text_of


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b", "x\x00@demo.example", "a" * 10_000, "a@" + "b" * 300 + ".example"]
)
def test_what_is_no_address_is_said_at_the_field(browser, app, email, outbox):
    browser.open("/recover")
    page = browser.send("/recover", email=email)
    assert page.status_code == 422
    assert 'href="#email"' in page.text
    assert outbox() == []


def test_each_address_gets_the_mail_that_fits_it(browsers, mailbox):
    typed = stage.addresses()
    for email in typed.values():
        browser = browsers()
        browser.open("/recover")
        browser.send("/recover", email=email)
    subjects = {mail["To"]: mail["Subject"] for mail in mailbox()}
    assert "Reset" in subjects[typed["active"]]
    assert "Reset" in subjects[typed["waiting"]]
    assert "Confirm" in subjects[typed["unconfirmed"]]
    assert "closed" in subjects[typed["disabled"]]
    assert {typed["absent"], typed["staff"]}.isdisjoint(subjects)
    states = dict(db.session.execute(sa.select(OutboxMessage.to, OutboxMessage.state)).all())
    assert states[typed["absent"]] is State.SUPPRESSED


def test_features_above_may_know_an_address_that_has_no_account(app, browser, mailbox):
    def invitation(message, email_key):
        assert message.to_key == email_key
        return Letter("accounts/disabled", {"email": email_key})

    with no_account_for.connected_to(invitation):
        browser.open("/recover")
        browser.send("/recover", email=stage.ABSENT)
        assert stage.ABSENT in text_of(mailbox()[-1])


def test_a_mail_goes_to_the_stored_spelling(browser, ann, mailbox):
    browser.open("/recover")
    browser.send("/recover", email="ANN@DEMO.example")
    assert mailbox()[-1]["To"] == cast.ANN.email


def test_a_hundred_requests_for_one_address_are_three_mails(browser, ann, mailbox):
    told = set()
    for _ in range(100):
        browser.open("/recover")
        told.add(browser.send("/recover", email=cast.ANN.email).status_code)
    assert told == {200}
    assert len(mailbox()) == 3


def test_no_token_of_a_mail_is_found_in_the_database(app, link, mailbox):
    token = link.rsplit("/", 1)[1]
    kept = [
        str(value)
        for table in db.metadata.sorted_tables
        for row in db.session.execute(sa.select(table))
        for value in row
    ]
    assert kept
    assert [value for value in kept if token in value or token[11:] in value] == []
    assert token in text_of(mailbox()[-1])


def test_neither_answer_nor_password_is_stored_or_mailed_in_plain(app, browser, link, mailbox):
    recover(browser, link)
    kept = [
        str(value)
        for table in db.metadata.sorted_tables
        for row in db.session.execute(sa.select(table))
        for value in row
    ]
    words = [cast.ANSWER, "bluethunder", NEW, cast.PASSWORD]
    assert [value for value in kept for word in words if word.lower() in value.lower()] == []
    assert [mail for mail in mailbox() for word in words if word in mail.as_string()] == []
