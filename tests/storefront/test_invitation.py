"""An invitation: a customer whom staff added chooses how to sign in, and nobody of the staff ever knows."""

import pytest

from portal.accounts.models import Account, Registration, SecurityAnswer
from portal.audit.models import ActorKind, AuditEntry
from portal.audit.service import OPERATOR, Actor
from portal.customers.models import Customer, CustomerStatus
from portal.customers.service import invitations, profile, status
from portal.foundation import database
from portal.foundation.database import db
from portal.groups.models import Approval, Membership
from portal.groups.service import applications
from portal.storefront.terms import TERMS_VERSION
from tests import cast
from tests.mails import link_in
from tests.storefront.newcomer import EMAIL, PASSWORD, TYPED, account_of, count, customer_of, only, register, rows

CLARA = Actor(ActorKind.STAFF, 1, "Clara Clerk")
CHOSEN = {
    name: TYPED[name]
    for name in ("password", "confirm_password", "security_question", "own_question", "security_answer", "terms")
}


@pytest.fixture
def invited(app):
    """Nora as staff added and invited her."""
    details = profile.Details(first_name="Nora", last_name="Newman", email=EMAIL, telephone="+44 7700 900456")
    with database.transaction():
        customer = profile.add_customer(details, by=CLARA)
        invitations.invite(customer, CLARA)
    return customer


@pytest.fixture
def link(invited, mailbox):
    return link_in(mailbox()[-1], "/invitation/")


def test_opening_it_changes_nothing_and_asks_what_only_she_knows(browser, client, link):
    for _ in range(5):
        assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200
    page = browser.open(link)
    assert EMAIL in page.text
    for field in CHOSEN:
        assert f'name="{field}"' in page.text
    for field in ("first_name", "email", "customer_group", "newsletter"):
        assert f'name="{field}"' not in page.text
    assert count(Account) == 0


def test_accepting_makes_the_account_links_it_and_signs_in(browser, link):
    assert customer_of().status is CustomerStatus.UNCONFIRMED
    browser.open(link)
    page = browser.send(**CHOSEN)
    assert page.request.path == "/account"
    account, customer = account_of(), customer_of()
    assert customer.account_id == account.id
    assert customer.status is CustomerStatus.ENABLED
    assert customer.telephone.e164 == "+447700900456"
    assert account.email_confirmed_at is not None
    assert db.session.get(SecurityAnswer, account.id).answer_hash.startswith("v1.")
    assert only(Membership).group.is_default
    assert count(Customer) == 1
    [accepted] = [entry for entry in rows(AuditEntry) if entry.verb == "customer.terms_accepted"]
    assert accepted.changes == {"terms": ["", TERMS_VERSION]}


def test_the_group_that_staff_chose_stays(browser, invited, link):
    trade = cast.group("Trade", Approval.GATE)
    with database.transaction():
        applications.set_group(db.session.get_one(Customer, invited.id), trade.id, by=CLARA)
    browser.open(link)
    assert browser.send(**CHOSEN).request.path == "/account"
    preferred = [row for row in rows(Membership) if row.is_preferred]
    assert [row.group.name for row in preferred] == ["Trade"]


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("password", "short", "Use 8 characters or more"),
        ("password", "noranewman", "close to your name"),
        ("confirm_password", "another", "The two passwords are not the same"),
        ("security_answer", "Newman", "Choose an answer other than"),
        ("security_answer", "", "Enter an answer"),
        ("terms", None, "Accept the terms to go on"),
    ],
)
def test_mistakes_are_told_and_the_link_still_works(browser, link, field, text, words):
    fields = CHOSEN | {field: text}
    if field == "password":
        fields["confirm_password"] = text
    browser.open(link)
    page = browser.send(**fields)
    assert page.status_code == 422
    assert words in page.text
    assert "<title>Error:" in page.text
    assert browser.send(**CHOSEN).request.path == "/account"


def test_it_works_once(browser, browsers, link):
    browser.open(link)
    browser.send(**CHOSEN)
    page = browsers().open(link)
    assert page.status_code == 410
    assert "Sign in" in page.text


def test_it_runs_out_after_72_hours_and_the_page_says_where_a_new_one_comes_from(clock, browser, invited, mailbox):
    link = link_in(mailbox()[-1], "/invitation/")
    clock.shift(72 * 3600 + 1)
    page = browser.open(link)
    assert page.status_code == 410
    assert 'href="/recover"' in page.text


def test_it_ends_when_staff_disable_the_customer(browser, invited, link):
    with database.transaction():
        status.disable(db.session.get_one(Customer, invited.id), "Moved away", OPERATOR)
    assert browser.open(link).status_code == 410


def test_a_link_to_confirm_an_address_is_no_invitation(browser, link):
    assert browser.open(link.replace("/invitation/", "/confirm-email/")).status_code == 404


def test_what_waited_for_the_address_ends_with_it(browser, browsers, link):
    register(browsers())
    browser.open(link)
    browser.send(**CHOSEN)
    assert only(Registration).ended_at is not None


def test_eight_presses_make_one_account(browsers, link, at_once):
    people = [browsers() for _ in range(8)]
    for person in people:
        person.open(link)
    answers = at_once(*[lambda person=person: person.send(follow=False, **CHOSEN).status_code for person in people])
    assert sorted(answers) == [303] + [410] * 7
    assert (count(Account), count(Customer)) == (1, 1)


def test_the_password_opens_the_door_afterwards(browser, browsers, link):
    browser.open(link)
    browser.send(**CHOSEN)
    other = browsers()
    other.open("/sign-in")
    assert other.send(email=EMAIL, password=PASSWORD).request.path == "/account"


def test_it_ends_when_staff_give_the_customer_another_address(browser, invited, link):
    with database.transaction():
        profile.update_profile(customer_of(EMAIL), version=invited.version, by=CLARA, email="other@demo.example")
    assert browser.open(link).status_code == 410
    assert count(Account) == 0
