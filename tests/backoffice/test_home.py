"""The first page of the back office: what waits, and figures that are true and only for who may see them."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.backoffice import home
from portal.customers.models import Customer
from portal.figures.service import fill
from portal.foundation import clock
from portal.foundation.database import db
from portal.mail.models import OutboxMessage, State
from portal.mail.service import post
from portal.newsletter import queries as newsletter
from portal.newsletter.models import Subscription, SubscriptionState
from portal.staff.rules import ROLES
from tests import cast
from tests.backoffice.desk import at_desk
from tests.work import measured

FIGURES = {"owner": ["1", "1", "—", "2"], "clerk": ["1", "1", "—"], "marketing": ["2"]}


@pytest.fixture
def shop(app):
    """Ann came long ago, Ivy came lately and waits; two addresses get the newsletter and one has not confirmed."""
    cast.customer(cast.ANN)
    waiting = cast.applicant(cast.IVY, cast.group())
    lately, long_ago = clock.now() - timedelta(days=2), clock.now() - timedelta(days=40)
    waiting.submitted_at = lately
    for person, moment in ((cast.ANN, long_ago), (cast.IVY, lately)):
        came = sa.update(Customer).where(Customer.email_key == person.email)
        db.session.execute(came.values(created_at=moment))
    audience = newsletter.default_audience().id
    states = (SubscriptionState.ACTIVE, SubscriptionState.ACTIVE, SubscriptionState.PENDING)
    for place, state in enumerate(states):
        email = f"reader{place}@demo.example"
        db.session.add(Subscription(audience_id=audience, email=email, email_key=email, state=state, changed_at=lately))
    db.session.commit()
    while fill():
        pass


def figures(page):
    return re.findall(r'<div class="value">([^<]*)</div>', page.text)


@pytest.mark.parametrize("role", FIGURES)
def test_a_role_sees_the_figures_of_what_it_may_look_at(shop, browser, role):
    assert figures(at_desk(browser, role).open("/staff")) == FIGURES[role]


@pytest.mark.parametrize(("role", "sees"), [("clerk", True), ("marketing", False)])
def test_charts_are_for_who_may_see_customers(shop, browser, role, sees):
    page = at_desk(browser, role).open("/staff").text
    assert ("New customers by day" in page) is sees
    assert ("<title>New customers and confirmed accounts" in page) is sees
    assert ("Show the numbers" in page) is sees


def test_a_figure_is_compared_in_words(shop, browser):
    assert "As many as in the 30 days before" in at_desk(browser, "clerk").open("/staff").text


def test_before_the_first_day_is_counted_the_page_says_so(app, browser):
    page = at_desk(browser, "owner").open("/staff").text
    assert "Figures appear here when the first day has been counted." in page
    assert '<svg class="spark"' not in page


def test_the_page_counts_no_customers(shop, browser):
    clerk = at_desk(browser, "clerk")
    with measured() as work:
        clerk.open("/staff")
    assert [text for text in work.statements if re.search(r"count\(.*FROM customer\b", text, re.DOTALL)] == []


def test_the_page_asks_the_database_six_things_at_the_most(shop, browser):
    owner = at_desk(browser, "owner")
    owner.open("/staff")
    with measured() as work:
        owner.open("/staff")
    asked = [text for text in work.statements if text.startswith("SELECT")]
    assert len(asked) <= 6, asked


def test_who_works_for_one_store_sees_no_figures_of_the_whole_shop(shop, browser):
    cast.member(cast.OTTO, "pune", ROLES["clerk"], shop=cast.store())
    browser.open("/staff/sign-in")
    page = browser.send(email=cast.OTTO.email, password=cast.STAFF_PASSWORD)
    assert browser.path == "/staff"
    assert figures(page) == []
    assert "New customers by day" not in page.text


def test_a_queue_says_who_waits_longest_and_how_many_are_late(shop, browser):
    page = at_desk(browser, "clerk").open("/staff").text
    assert "Oldest: Ivy Ivanova, 2 days" in page
    assert "1 is late" in page


def test_a_queue_whose_oldest_came_just_now_is_not_called_late(app, browser):
    cast.applicant(cast.IVY, cast.group())
    page = at_desk(browser, "clerk").open("/staff").text
    assert "Oldest: Ivy Ivanova, now" in page
    assert "late" not in page


def test_who_decides_for_one_store_reads_no_name_of_another(shop, browser):
    cast.member(cast.OTTO, "pune", ROLES["clerk"], shop=cast.store())
    browser.open("/staff/sign-in")
    page = browser.send(email=cast.OTTO.email, password=cast.STAFF_PASSWORD)
    assert browser.path == "/staff"
    assert "Ivy" not in page.text


def test_a_failed_mail_is_named_by_its_kind(app, browser):
    number = post("accounts.registration", cast.IVY.email)
    db.session.execute(sa.update(OutboxMessage).where(OutboxMessage.id == number).values(state=State.FAILED))
    db.session.commit()
    page = at_desk(browser, "owner").open("/staff").text
    assert "Newest: Confirm the registration" in page
    assert "Not delivered" in page


@pytest.mark.parametrize(
    ("hour", "words"), [(4, "Good morning"), (11, "Good morning"), (12, "Good afternoon"), (18, "Good evening")]
)
def test_the_greeting_goes_by_the_clock_of_the_shop(app, browser, monkeypatch, hour, words):
    owner = at_desk(browser, "owner")
    monkeypatch.setattr(home, "to_user_timezone", lambda moment: moment.replace(hour=hour))
    assert f"{words}, Otto Owner" in owner.open("/staff").text
