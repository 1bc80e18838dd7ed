"""Confirming an address: no account before, exactly one after, and it belongs to whoever reads the mail."""

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, Ending, Hold, Registration, SecurityAnswer, SessionKind, SignInSession
from portal.audit.models import AuditEntry
from portal.customers.models import CustomerStatus
from portal.foundation.database import db
from portal.foundation.tokens import ActionToken
from portal.groups.models import Approval, Membership
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
    only,
    register,
    rows,
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


def test_pressing_the_button_uses_the_link_up(browser, link):
    assert only(ActionToken).used_at is None
    browser.open(link)
    browser.send()
    db.session.expire_all()
    assert only(ActionToken).used_at is not None


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
    assert only(Membership).is_preferred
    assert only(Registration).ended_as is Ending.CONFIRMED
    [accepted] = [entry for entry in rows(AuditEntry) if entry.verb == "customer.terms_accepted"]
    assert accepted.changes == {"terms": ["", TERMS_VERSION]}
    assert accepted.actor_name == EMAIL


def test_the_newsletter_tick_is_confirmed_together_with_the_account(browser, link):
    browser.open(link)
    browser.send()
    assert only(Subscription).state is SubscriptionState.ACTIVE
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
    assert only(Subscription).state is SubscriptionState.ACTIVE


def test_confirming_ends_the_other_registrations_of_the_address(browsers, mailbox):
    first, second = browsers(), browsers()
    register(first)
    register(second, first_name="Eleonora")
    one, two = confirm_links(mailbox())
    second.open(two)
    second.send()
    assert customer_of().first_name == "Eleonora"
    endings = {row.first_name: row.ended_as for row in rows(Registration)}
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
    assert only(SignInSession).kind is SessionKind.APPLICANT
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


def test_what_was_planted_in_the_browser_before_is_gone_after(browser, link):
    browser.open(link)
    before = browser.client.get_cookie("session").value
    token = Forms(browser.page.text).forms[-1]["fields"]["csrf_token"]
    browser.send()
    assert browser.client.get_cookie("session").value != before
    assert browser.client.post("/sign-out", data={"csrf_token": token}).status_code == 400
