"""Confirming an address: no account before, exactly one after, and it belongs to whoever reads the mail."""

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, Ending, Hold, Registration, SecurityAnswer, SessionKind, SignInSession
from portal.audit.models import AuditEntry
from portal.customers.models import Customer, CustomerStatus
from portal.foundation.database import db
from portal.groups.models import Application, Approval, Membership
from portal.newsletter.models import ConsentAction, ConsentEvent, ConsentSource, Subscription, SubscriptionState
from portal.storefront.terms import TERMS_VERSION
from tests import cast
from tests.browsing import Forms
from tests.mails import link_in
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


def test_opening_the_link_changes_nothing_however_often_and_pressing_the_button_still_works(browser, client, link):
    for _ in range(5):
        assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200
    assert count(Account) == 0
    browser.open(link)
    page = browser.send()
    assert page.request.path == "/account"
    assert "Welcome." in page.text


def test_in_the_browser_that_registered_one_button_is_enough(browser, link):
    page = browser.open(link)
    [form] = [form for form in Forms(page.text).forms if "csrf_token" in form["fields"]]
    assert set(form["fields"]) == {"csrf_token"}
    assert EMAIL in page.text
    assert "Confirm and sign in" in page.text


def test_the_account_is_made_whole_in_one_step(browser, link):
    browser.open(link)
    browser.send()
    account, customer = account_of(), customer_of()
    assert account.email_confirmed_at is not None
    assert account.last_sign_in_at is not None
    assert customer.account_id == account.id
    assert (customer.first_name, customer.last_name) == ("Nora", "Newman")
    assert customer.telephone.e164 == "+447700900456"
    assert customer.status is CustomerStatus.ENABLED
    assert [store.code for store in customer.stores] == ["online"]
    assert db.session.get(SecurityAnswer, account.id).question == "What did I name my first bicycle?"
    assert db.session.query(Membership).one().is_preferred
    assert db.session.query(Registration).one().ended_as is Ending.CONFIRMED
    [accepted] = [entry for entry in db.session.query(AuditEntry) if entry.verb == "customer.terms_accepted"]
    assert accepted.changes == {"terms": ["", TERMS_VERSION]}
    assert accepted.actor_name == EMAIL


def test_the_newsletter_tick_is_confirmed_together_with_the_account(browser, link):
    browser.open(link)
    browser.send()
    assert db.session.query(Subscription).one().state is SubscriptionState.ACTIVE
    steps = list(db.session.scalars(sa.select(ConsentEvent).order_by(ConsentEvent.id)))
    assert [step.action for step in steps] == [ConsentAction.REQUEST, ConsentAction.CONFIRM]
    assert {step.source for step in steps} == {ConsentSource.REGISTRATION}
    assert "Subscribe" in steps[0].form_version.text
    assert steps[0].address == "127.0.0.1"


def test_without_the_tick_nobody_is_subscribed(browser, mailbox):
    become_customer(browser, mailbox)
    assert (count(ConsentEvent), count(Subscription)) == (0, 0)


def test_without_the_tick_a_standing_subscription_is_not_cancelled(browser, browsers, mailbox):
    reader = browsers()
    reader.open("/newsletter")
    reader.send(email=EMAIL)
    reader.open(link_in(mailbox()[-1], "/newsletter/confirm/"))
    reader.send()
    become_customer(browser, mailbox)
    assert db.session.query(Subscription).one().state is SubscriptionState.ACTIVE


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
        ("noranora", "noranora", "close to your name"),
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


def test_confirming_ends_the_other_registrations_of_the_address(browsers, mailbox):
    first, second = browsers(), browsers()
    register(first)
    register(second, first_name="Eleonora")
    one, two = confirm_links(mailbox())
    second.open(two)
    second.send()
    assert customer_of().first_name == "Eleonora"
    endings = dict(db.session.query(Registration.first_name, Registration.ended_as).tuples())
    assert endings == {"Nora": Ending.SUPERSEDED, "Eleonora": Ending.CONFIRMED}
    page = first.open(one)
    assert page.status_code == 410
    assert "Sign in" in page.text


def test_a_second_press_is_told_the_truth(browser, browsers, link):
    stale = browsers()
    stale.open(link)
    browser.open(link)
    browser.send()
    page = stale.send(password=PASSWORD)
    assert page.status_code == 410
    assert "confirmed already" in page.text
    assert count(Account) == 1


def test_a_link_runs_out_after_a_day_and_the_page_sends_a_new_one(clock, browser, link, mailbox):
    clock.shift(24 * 3600 + 1)
    page = browser.open(link)
    assert page.status_code == 410
    assert "This link has run out." in page.text
    page = browser.send("/confirm-email")
    assert page.request.path == "/check-email"
    browser.open(confirm_links(mailbox())[-1])
    assert browser.send().request.path == "/account"


def test_in_a_browser_that_knows_no_address_the_page_leads_to_the_form_for_one(clock, browsers, link):
    clock.shift(24 * 3600 + 1)
    page = browsers().open(link)
    assert 'href="/confirm-email"' in page.text
    assert "Send a new link" in page.text


def test_a_newer_link_ends_the_older_one(browser, link, mailbox):
    browser.open("/check-email")
    browser.send("/confirm-email")
    old, new = confirm_links(mailbox())
    assert old == link
    assert browser.open(old).status_code == 410
    assert browser.open(new).status_code == 200


def test_a_registration_runs_out_after_a_week(clock, browser, link, mailbox):
    clock.shift(7 * 24 * 3600 + 1)
    browser.open("/check-email")
    browser.send("/confirm-email")
    assert len(confirm_links(mailbox())) == 1, "nothing waits any more, so nothing is mailed"
    assert browser.open(link).status_code == 410


@pytest.mark.parametrize("token", ["x", "A" * 54, "A" * 10_000, "%00", "🦉"])
def test_a_made_up_link_opens_nothing(browser, token):
    assert browser.open(f"/confirm-email/{token}").status_code == 404
    assert "Send a new link" in browser.page.text


def test_one_bit_off_is_no_link(client, link):
    for place in (len("/confirm-email/"), -1):
        letter = "A" if link[place] != "A" else "B"
        changed = link[:place] + letter + (link[place + 1 :] if place != -1 else "")
        assert client.get(changed).status_code == 404


def test_a_gate_group_opens_the_waiting_page_only(browser, mailbox):
    trade = cast.group("Trade", Approval.GATE)
    page = become_customer(browser, mailbox, customer_group=str(trade.id))
    assert page.request.path == "/waiting"
    assert account_of().held_for is Hold.WAITING
    assert customer_of().status is CustomerStatus.WAITING
    assert db.session.query(SignInSession).one().kind is SessionKind.APPLICANT
    assert browser.open("/account").request.path == "/waiting"


def test_an_upgrade_group_lets_in_at_once_and_waits_meanwhile(browser, mailbox):
    trade = cast.group("Trade", Approval.UPGRADE)
    page = become_customer(browser, mailbox, customer_group=str(trade.id))
    assert page.request.path == "/account"
    assert "checking your application for the group Trade" in page.text
    assert account_of().held_for is None


def test_a_group_that_is_no_longer_offered_becomes_the_default_one(browser, mailbox):
    trade = cast.group("Trade", Approval.GATE)
    register(browser, customer_group=str(trade.id))
    trade.at_registration = False
    browser.open(confirm_links(mailbox())[0])
    assert browser.send().request.path == "/account"


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


def test_what_was_planted_in_the_browser_before_is_gone_after(browser, link):
    browser.open(link)
    before = browser.client.get_cookie("session").value
    token = Forms(browser.page.text).forms[-1]["fields"]["csrf_token"]
    browser.send()
    assert browser.client.get_cookie("session").value != before
    assert browser.client.post("/sign-out", data={"csrf_token": token}).status_code == 400
