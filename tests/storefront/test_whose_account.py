"""Whose account it becomes: of whoever reads the mail, and never of whoever typed the address."""

import pytest

from portal.accounts.models import Account, SecurityAnswer, SignInSession
from portal.customers.models import Customer
from portal.foundation.database import db
from portal.groups.models import Application, Approval
from portal.newsletter.models import ConsentEvent, Subscription
from tests import cast
from tests.browsing import Forms
from tests.storefront.newcomer import (
    EMAIL,
    PASSWORD,
    account_of,
    become_customer,
    confirm_links,
    count,
    customer_of,
    register,
)

NEW = "seven quiet lanterns"


@pytest.fixture
def link(browser, mailbox):
    """The link that Nora is mailed, who registered in `browser`."""
    register(browser, newsletter="1")
    [link] = confirm_links(mailbox())
    return link


def test_in_another_browser_the_password_of_the_registration_is_asked_for(browsers, link):
    other = browsers()
    assert 'name="password"' in other.open(link).text
    page = other.send(password="not what Nora chose")
    assert page.status_code == 422
    assert "not the password chosen at registration" in page.text
    assert count(Account) == 0
    assert other.send(password="").status_code == 422
    page = other.send(password=PASSWORD)
    assert page.request.path == "/account"
    assert customer_of().first_name == "Nora"


def test_a_post_without_the_password_from_another_browser_opens_nothing(client, browsers, link):
    other = browsers()
    other.open("/register")
    token = Forms(other.page.text).forms[-1]["fields"]["csrf_token"]
    assert other.client.post(link, data={"csrf_token": token}).status_code == 422
    assert client.post(link).status_code == 400
    assert count(Account) == 0


def test_the_password_can_be_guessed_ten_times_in_a_quarter_of_an_hour(clock, browsers, link):
    other = browsers()
    other.open(link)
    answers = [other.send(password=f"guess number {number}").status_code for number in range(10)]
    assert answers == [422] * 10
    other.open(link)
    assert other.send(password=PASSWORD).status_code == 429
    clock.shift(15 * 60 + 1)
    other.open(link)
    assert other.send(password=PASSWORD).request.path == "/account"


def test_nobody_can_prepare_an_account_for_the_address_of_somebody_else(browsers, mailbox):
    trade = cast.group("Trade", Approval.GATE)
    attacker, victim = browsers(), browsers()
    register(attacker, newsletter="1", customer_group=str(trade.id))
    [link] = confirm_links(mailbox())
    page = victim.open(link)
    assert "I did not choose one" in page.text
    page = victim.open(f"{link}?new=1")
    assert {"new_password", "confirm_password"} <= set(Forms(page.text).forms[-1]["fields"])
    page = victim.send(new_password=NEW, confirm_password=NEW)
    assert page.request.path == "/account"

    account = account_of()
    assert account.held_for is None
    assert db.session.get(SecurityAnswer, account.id) is None
    assert [count(Application), count(Subscription), count(ConsentEvent)] == [0, 0, 0]
    assert "Choose one" in page.text, "the account asks for a question of its own"

    for password, opens in ((PASSWORD, False), (NEW, True)):
        door = browsers()
        door.open("/sign-in")
        assert (door.send(email=EMAIL, password=password).request.path == "/account") is opens
    assert attacker.open(link).status_code == 410
    assert attacker.open("/account").request.path == "/sign-in"


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("short", "short", "Use 8 characters or more"),
        ("password123", "password123", "easy to guess"),
        ("nora-demo-example", "nora-demo-example", "close to your name"),
        (NEW, "something else", "The two passwords are not the same"),
        (NEW, "", "Type the password once more"),
    ],
)
def test_the_new_password_obeys_the_rules(browsers, link, password, again, words):
    other = browsers()
    other.open(f"{link}?new=1")
    page = other.send(new_password=password, confirm_password=again)
    assert page.status_code == 422
    assert words in page.text
    assert count(Account) == 0


def test_a_customer_made_at_a_till_is_linked(browser, mailbox):
    cast.customer(cast.Person("Nora", "At The Till", EMAIL, "+91 98765 43210"), with_account=False, number="T-77")
    become_customer(browser, mailbox, telephone="")
    assert count(Customer) == 1
    customer = customer_of()
    assert (customer.number, customer.last_name) == ("T-77", "Newman")
    assert customer.telephone.e164 == "+919876543210"
    assert customer.account_id == account_of().id


def test_a_stranger_who_registered_first_does_not_rename_a_known_customer(browsers, mailbox):
    cast.customer(cast.Person("Nora", "Newman", EMAIL, "+91 98765 43210"), with_account=False)
    register(browsers(), first_name="Mallory", last_name="Malicious", telephone="+44 7700 900999")
    victim = browsers()
    victim.open(f"{confirm_links(mailbox())[0]}?new=1")
    victim.send(new_password=NEW, confirm_password=NEW)
    customer = customer_of()
    assert customer.name == "Nora Newman"
    assert [telephone.e164 for telephone in customer.telephones] == ["+919876543210"]


def test_a_disabled_customer_is_told_so_and_not_let_in(browser, mailbox):
    from portal.audit.service import OPERATOR
    from portal.customers.service import status

    customer = cast.customer(cast.Person("Nora", "Newman", EMAIL), with_account=False)
    status.disable(customer, "Charged back twice", OPERATOR)
    page = become_customer(browser, mailbox)
    assert "your account is disabled" in page.text
    assert count(SignInSession) == 0
    assert browser.open("/account").request.path == "/sign-in"
