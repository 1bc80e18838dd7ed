"""The list of customers by how they stand to the newsletter: every state there is, and who was never asked for it."""

import re

import pytest
import sqlalchemy as sa

from portal.foundation import lately
from portal.foundation.database import db
from portal.newsletter import queries as newsletter
from portal.newsletter.models import Subscription, SubscriptionState
from portal.staff.models import SavedView, StaffMember
from tests import cast
from tests.backoffice.desk import at_desk

LIST = "/staff/customers"
STATES = {
    "yes": (SubscriptionState.ACTIVE, "Subscribed", "Newsletter: subscribed"),
    "pending": (SubscriptionState.PENDING, "Not confirmed", "Newsletter: not confirmed"),
    "unsubscribed": (SubscriptionState.UNSUBSCRIBED, "Unsubscribed", "Newsletter: unsubscribed"),
    "cleaned": (SubscriptionState.CLEANED, "Mail came back", "Newsletter: mail came back"),
    "complained": (SubscriptionState.COMPLAINED, "Complained", "Newsletter: complained"),
}


@pytest.fixture
def clerk(app, browser):
    """Clara at her desk; one customer for each state, one who was never asked, and one without an address."""
    audience = newsletter.default_audience().id
    for word, (state, *_words) in STATES.items():
        email = f"{word}@demo.example"
        cast.customer(cast.Person(word.capitalize(), "Reader", email), with_account=False)
        db.session.add(Subscription(audience_id=audience, email=email, email_key=email, state=state))
    cast.customer(cast.Person("Never", "Reader", "never@demo.example"), with_account=False)
    tom = cast.customer(cast.Person("Tom", "Till", "", "+91 98765 00000"), with_account=False)
    tom.email_key = None
    db.session.commit()
    lately.forget()
    return at_desk(browser, "clerk")


def names_on(page):
    return sorted(re.findall(r'class="row-link"[^>]*><bdi>(.*?) \w+</bdi>', page.text))


def chosen(page):
    """What the field of the filter offers, and what it stands at."""
    field = re.search(r'<select[^>]*name="newsletter".*?</select>', page.text, re.DOTALL)[0]
    offered = re.findall(r'<option value="([^"]*)"[^>]*>(.*?)</option>', field)
    return offered, re.findall(r'<option value="([^"]*)" selected', field)


def test_the_states_are_all_that_a_subscription_may_have():
    assert {state for state, *_words in STATES.values()} == set(SubscriptionState)


@pytest.mark.parametrize("word", STATES)
def test_each_state_finds_who_stands_so(clerk, word):
    page = clerk.open(f"{LIST}?newsletter={word}")
    assert names_on(page) == [word.capitalize()]
    assert STATES[word][2] in page.text
    assert chosen(page)[1] == [word]


def test_who_was_never_asked_has_no_state_also_without_an_address(clerk):
    page = clerk.open(f"{LIST}?newsletter=never")
    assert names_on(page) == ["Never", "Tom"]
    assert "Newsletter: never asked for" in page.text


def test_not_subscribed_is_everybody_else(clerk):
    page = clerk.open(f"{LIST}?newsletter=no")
    assert names_on(page) == ["Cleaned", "Complained", "Never", "Pending", "Tom", "Unsubscribed"]
    assert "Newsletter: not subscribed" in page.text
    assert chosen(page)[1] == ["no"]


def test_the_panel_offers_them_in_the_words_of_the_column(clerk):
    offered, now = chosen(clerk.open(LIST))
    expected = [(word, said) for word, (_state, said, _chip) in STATES.items()]
    assert offered == [("", "Any"), *expected, ("never", "Never asked for"), ("no", "Not subscribed")]
    assert now in ([], [""])


@pytest.mark.parametrize(("word", "found"), [("yes", ["Yes"]), ("no", 6), ("pending", ["Pending"])])
def test_views_saved_with_the_words_of_before_show_what_they_did(clerk, word, found):
    member = db.session.scalars(sa.select(StaffMember)).one()
    db.session.add(SavedView(staff_member_id=member.id, name="Mine", name_key="mine", query=f"newsletter={word}"))
    db.session.commit()
    [tab] = [link for link in re.findall(r"<a [^>]*>.*?</a>", clerk.open(LIST).text, re.DOTALL) if ">Mine" in link]
    tab = re.search(r'href="([^"]*)"', tab)[1].replace("&amp;", "&")
    names = names_on(clerk.open(tab))
    assert (names if isinstance(found, list) else len(names)) == found
