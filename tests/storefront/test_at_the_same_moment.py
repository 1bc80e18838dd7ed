"""Eight people, or one impatient one, do the same at the same moment."""

from collections import Counter

from portal.accounts.models import Account, Ending, Registration, SecurityAnswer
from portal.accounts.rules.links import CONFIRM
from portal.customers.models import Customer
from portal.foundation import tokens
from portal.groups.models import Membership
from portal.newsletter.models import ConsentEvent, Subscription
from tests.storefront.newcomer import PASSWORD, TYPED, confirm_links, count, only, register, rows

EIGHT = range(8)


def sending(browser, **fields):
    return lambda: browser.send("", follow=False, **fields).status_code


def test_eight_registrations_of_an_address_and_all_their_confirmations_make_one_account(browsers, at_once):
    people = [browsers() for _ in EIGHT]
    for person in people:
        person.open("/register")
    answers = at_once(*[sending(person, **TYPED, newsletter="1") for person in people])
    assert answers == [303] * 8
    # Made here, because only three an hour would be mailed.
    tickets = [tokens.issue(CONFIRM, row.id) for row in rows(Registration)]
    links = [f"/confirm-email/{ticket}" for ticket in tickets]
    assert len(set(links)) == 8

    others = [browsers() for _ in EIGHT]
    for other, link in zip(others, links, strict=True):
        assert other.open(link).status_code == 200
    answers = Counter(at_once(*[sending(other, password=PASSWORD) for other in others]))
    assert answers == {303: 1, 410: 7}
    one_account_and_no_more()
    endings = Counter(row.ended_as for row in rows(Registration))
    assert endings == {Ending.CONFIRMED: 1, Ending.SUPERSEDED: 7}


def test_one_link_pressed_eight_times_makes_one_account(browsers, mailbox, at_once):
    register(browsers(), newsletter="1")
    [link] = confirm_links(mailbox())
    others = [browsers() for _ in EIGHT]
    for other in others:
        other.open(link)
    assert Counter(at_once(*[sending(other, password=PASSWORD) for other in others])) == {303: 1, 410: 7}
    one_account_and_no_more()


def test_without_the_one_time_link_and_the_unique_address_there_would_be_more(browsers, mailbox, monkeypatch):
    """The race above is worth something only if the page itself does not decide it."""
    register(browsers())
    [link] = confirm_links(mailbox())
    one, two = browsers(), browsers()
    for browser in (one, two):
        browser.open(link)
    one.send(password=PASSWORD)
    monkeypatch.setattr(tokens, "redeem", tokens.find)
    monkeypatch.setattr("portal.storefront.service.waiting_behind", lambda _token: only(Registration))
    assert two.send(password=PASSWORD).status_code == 410, "the database alone still refuses"
    one_account_and_no_more(newsletter=False)


def one_account_and_no_more(*, newsletter: bool = True) -> None:
    expected = {Account: 1, SecurityAnswer: 1, Customer: 1, Membership: 1, Subscription: 1, ConsentEvent: 2}
    if not newsletter:
        expected |= {Subscription: 0, ConsentEvent: 0}
    assert {table: count(table) for table in expected} == expected
