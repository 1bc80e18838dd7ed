"""Nobody learns from an answer, or from the work behind it, whether an address has an account."""

import pytest

from tests import cast
from tests.accounts import stage
from tests.work import measured, seen, told_apart


def sign_in(browser, email, password="wrong password"):
    browser.open("/sign-in")
    return lambda: browser.send("/sign-in", follow=False, email=email, password=password)


def recover(browser, email):
    browser.open("/recover")
    return lambda: browser.send("/recover", follow=False, email=email)


def sign_in_as_staff(browser, email):
    browser.open("/staff/sign-in")
    return lambda: browser.send("/staff/sign-in", follow=False, email=email, password="wrong password")


@pytest.mark.parametrize("ask", [sign_in, sign_in_as_staff, recover])
def test_every_address_gets_the_same_answer_for_the_same_work(browsers, ask):
    typed = stage.addresses()
    ask(browsers(), "warm@demo.example")()
    tries = {name: ask(browsers(), email) for name, email in typed.items()}
    assert told_apart(tries, typed) == {}


def test_the_page_after_asking_for_a_link_is_the_same(browsers):
    typed = stage.addresses()
    pages = {}
    for name, email in typed.items():
        browser = browsers()
        recover(browser, email)()
        pages[name] = seen(browser.open("/recover/sent"), email)
    assert len(set(pages.values())) == 1


def test_one_hash_is_compared_whatever_the_address_is(browsers):
    for email in stage.addresses().values():
        send = sign_in(browsers(), email)
        with measured() as work:
            send()
        assert work.hashes == [4]


def test_the_same_number_of_mails_is_queued_for_every_address(browsers, outbox):
    for number, email in enumerate(stage.addresses().values(), start=1):
        recover(browsers(), email)()
        assert [(mail.kind, mail.to) for mail in outbox()[number - 1 :]] == [("accounts.recovery", email)]


def test_twenty_tries_on_a_known_and_an_unknown_address_hear_the_same(browsers):
    cast.customer(cast.ANN)
    heard = {}
    for email in (cast.ANN.email, stage.ABSENT):
        browser = browsers()
        answers = []
        for _ in range(20):
            browser.open("/sign-in")
            answers.append(seen(browser.send("/sign-in", follow=False, email=email, password="wrong"), email))
        heard[email] = answers
    assert heard[cast.ANN.email] == heard[stage.ABSENT]
    assert [answer.status for answer in heard[stage.ABSENT]] == [422] * 10 + [429] * 10


def test_the_right_password_is_throttled_too(browsers):
    cast.customer(cast.ANN)
    browser = browsers()
    for _ in range(10):
        sign_in(browser, cast.ANN.email)()
    with measured() as work:
        assert sign_in(browser, cast.ANN.email, cast.PASSWORD)().status_code == 429
    assert work.hashes == []


def test_a_spelling_of_the_address_gives_no_more_tries(browsers):
    browser = browsers()
    answers = [sign_in(browser, email)().status_code for email in ["ann@demo.example", "ANN@Demo.Example"] * 6]
    assert answers == [422] * 10 + [429] * 2


def test_one_network_cannot_try_many_addresses(browsers):
    browser = browsers()
    answers = [sign_in(browser, f"nobody{number}@demo.example")().status_code for number in range(51)]
    assert answers == [422] * 50 + [429]


def test_a_missing_dummy_hash_would_be_noticed(browsers, monkeypatch):
    from portal.accounts.service import signing_in

    real = signing_in.hashing.verify
    monkeypatch.setattr(
        signing_in.hashing, "verify", lambda kind, stored, text: bool(stored) and real(kind, stored, text)
    )
    typed = stage.addresses()
    tries = {name: sign_in(browsers(), email) for name, email in typed.items()}
    assert "active" in told_apart(tries, typed)
