"""Nobody learns from the answer to a registration, or from the work behind it, whether an address is known."""

import pytest

from portal.accounts.models import Registration
from portal.mail.models import OutboxMessage
from portal.storefront import service
from tests.accounts import stage
from tests.storefront.newcomer import TYPED, count
from tests.work import measured, seen, told_apart


def registering(browser, email):
    browser.open("/register")
    return lambda: browser.send("", follow=False, **TYPED | {"email": email})


def asking_again(browser, email):
    browser.open("/confirm-email")
    return lambda: browser.send("", follow=False, email=email)


@pytest.mark.parametrize("ask", [registering, asking_again])
def test_every_address_gets_the_same_answer_for_the_same_work(browsers, ask):
    typed = stage.addresses()
    ask(browsers(), "warm@demo.example")()
    tries = {name: ask(browsers(), email) for name, email in typed.items()}
    assert told_apart(tries, typed) == {}


def test_a_registration_is_two_hashes_one_row_and_one_mail_whatever_the_address(browsers):
    for number, email in enumerate(stage.addresses().values(), start=1):
        rows, mails = count(Registration), count(OutboxMessage)
        with measured() as work:
            answer = registering(browsers(), email)()
        assert (answer.status_code, answer.location) == (303, "/check-email")
        assert work.hashes == [4, 4]
        assert (work.rows["INSERT INTO registration"], work.rows["INSERT INTO outbox_message"]) == (1, 1)
        assert (count(Registration) - rows, count(OutboxMessage) - mails) == (1, 1), number


def test_the_page_that_follows_is_the_same_for_every_address(browsers):
    pages = set()
    for email in stage.addresses().values():
        browser = browsers()
        registering(browser, email)()
        pages.add(seen(browser.open("/check-email"), email))
    assert len(pages) == 1


def test_a_taken_address_hears_of_it_by_mail_alone(browsers, mailbox):
    typed = stage.addresses()
    for name in ("active", "disabled", "waiting"):
        registering(browsers(), typed[name])()
    mails = {mail["To"]: mail.as_string() for mail in mailbox()}
    assert set(mails) == {typed["active"], typed["disabled"], typed["waiting"]}
    for text in mails.values():
        assert "/recover" in text
        assert "/confirm-email" not in text


def test_the_network_is_throttled_before_anything_is_looked_up_or_hashed(browser):
    for number in range(20):
        registering(browser, f"nora{number}@demo.example")()
    with measured() as work:
        assert registering(browser, "nora@demo.example")().status_code == 429
    assert work.hashes == []
    assert [statement for statement in work.statements if "account" in statement.split("FROM")[-1].split()] == []


def test_work_that_knows_the_address_would_be_noticed(browsers, monkeypatch):
    from portal.accounts import queries
    from portal.accounts.models import Realm

    real = service.ask_for_account

    def hasty(asked, *rest):
        if queries.by_email(Realm.CUSTOMER, asked.email) is None:
            real(asked, *rest)

    monkeypatch.setattr(service, "ask_for_account", hasty)
    typed = stage.addresses()
    tries = {name: registering(browsers(), email) for name, email in typed.items()}
    assert "active" in told_apart(tries, typed)
