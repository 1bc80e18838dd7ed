"""The preference centre: how often, counted or not, or nothing at all; opening it changes nothing."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.foundation.database import db
from portal.mail import queries as mail
from portal.newsletter import queries
from portal.newsletter.models import Audience, Subscription
from tests import cast
from tests.mails import link_in
from tests.newsletter.ledger import ZOE, join, lines, row, sign_in, state
from tests.newsletter.people import subscriber


@pytest.fixture
def centre(browser, mailbox):
    """The address of Zoe's preference centre."""
    return join(browser, mailbox).replace("/u/", "/newsletter/preferences/")


def test_somebody_can_ask_for_fewer_mails_of_a_topic(browser, centre):
    audience_id = row().audience_id
    browser.open(centre)
    browser.send(**{f"often_{audience_id}": "30"})
    assert (row().days_between, state()) == (30, "active")
    assert 'value="30" selected' in browser.page.text


@pytest.mark.parametrize("often", ["-1", "8", "x", "\0", "9" * 50, "٧"])
def test_a_pace_that_nobody_offers_counts_for_nothing(browser, centre, often):
    browser.open(centre)
    assert browser.send(**{f"often_{row().audience_id}": often}).status_code == 200
    assert row().days_between == 0


def test_one_press_stops_everything_also_what_nobody_can_choose(browser, centre):
    private = Audience(name="Staff picks", slug="picks", is_public=False)
    db.session.add(private)
    db.session.commit()
    subscriber(ZOE, audience_id=private.id)
    browser.open(centre)
    browser.send("/stop")
    assert "no more marketing email" in browser.page.text
    assert {found.state.value for found in queries.of_email(ZOE)} == {"unsubscribed"}
    assert mail.suppression_of(ZOE).scope.value == "marketing"
    assert lines()[-1] == ("withdraw", "mailed-link")


def test_who_stopped_everything_may_agree_anew(clock, browser, centre, mailbox):
    browser.open(centre)
    browser.send("/stop")
    clock.shift(timedelta(hours=1))
    browser.open(centre)
    browser.send(audience=[str(queries.default_audience().id)])
    assert state() == "pending"
    browser.open(link_in(mailbox()[-1], "/newsletter/confirm/"))
    browser.send()
    assert (state(), mail.suppression_of(ZOE)) == ("active", None)


def test_opening_it_changes_nothing(client, browser, centre):
    before = db.session.execute(sa.select(Subscription.__table__)).all()
    for _ in range(2):
        client.get(centre)
        client.head(centre)
        client.options(centre)
        assert client.get(f"{centre}/stop").status_code == 405
    db.session.rollback()
    assert db.session.execute(sa.select(Subscription.__table__)).all() == before


def test_a_forwarded_link_never_has_links_counted_but_may_end_it(browser, centre):
    browser.open(centre)
    assert "clicks" not in browser.page.text
    browser.send(clicks="1")
    assert row().counts_clicks is False
    db.session.execute(sa.update(Subscription).values(counts_clicks=True))
    db.session.commit()
    browser.open(centre)
    browser.send(clicks=None)
    assert row().counts_clicks is False


def test_clicks_are_counted_only_of_who_said_so_in_their_account(browser):
    ann = cast.customer(cast.ANN)
    sign_in(browser, ann)
    browser.open("/account/newsletters")
    browser.send(audience=[str(queries.default_audience().id)])
    assert row(cast.ANN.email).counts_clicks is False
    browser.send(audience=[str(queries.default_audience().id)], clicks="1")
    assert row(cast.ANN.email).counts_clicks is True


def test_the_account_has_the_same_button_for_everything(browser):
    ann = cast.customer(cast.ANN)
    sign_in(browser, ann)
    browser.open("/account/newsletters")
    browser.send(audience=[str(queries.default_audience().id)], **{f"often_{queries.default_audience().id}": "7"})
    assert row(cast.ANN.email).days_between == 7
    browser.send("/account/newsletters/stop")
    assert row(cast.ANN.email).state.value == "unsubscribed"


def test_stopping_needs_the_secret_of_the_form_and_a_link_of_ours(client, browser, centre):
    assert client.post(f"{centre}/stop").status_code == 400
    assert client.post("/newsletter/preferences/AAAA/stop").status_code in (400, 404)
    assert state() == "active"
