"""What came of campaigns: the sums balance, and pages, charts and the file tell the same."""

import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.backoffice.results import share
from portal.foundation.database import db, transaction
from portal.newsletter import queries as newsletter
from portal.newsletter.bounces import scoring
from portal.newsletter.models import (
    CampaignLink,
    ConsentSource,
    Delivery,
    DeliveryEvent,
    EventKind,
    Subscription,
    SubscriptionState,
)
from portal.newsletter.queries import results
from portal.newsletter.results import days, domains, folding
from portal.newsletter.service import consent
from portal.newsletter.service.ledger import Proof
from tests.backoffice.desk import at_desk
from tests.newsletter.campaigns import campaign
from tests.newsletter.comings import events, result_of, sent_to, subscriptions, work_on


@pytest.fixture
def marketing(app, clock, browser):
    return at_desk(browser, "marketing")


@pytest.fixture
def clicked(app, clock):
    """A campaign to twenty, of whom one was refused, one bounced later, one complained and one clicked."""
    campaign_id = sent_to(20, refused={0: "550 5.1.1 nobody"})
    rows = subscriptions()
    with transaction():
        campaign().tracks_clicks = True
        link = CampaignLink(campaign_id=campaign_id, position=1, url="https://shop.example/lamps", label="Lamps")
        db.session.add(link)
        db.session.flush()
        scoring.bounced(campaign_id, rows[1].id, EventKind.SOFT, "452 full")
        scoring.complained(campaign_id, rows[2].id, "abuse")
        slot = folding.hour_of(rows[0].created_at)
        for place, kind in ((3, EventKind.CLICK), (4, EventKind.SCAN)):
            told = {"campaign_id": campaign_id, "link_id": link.id, "slot": slot}
            db.session.add(DeliveryEvent(subscription_id=rows[place].id, kind=kind, **told))
    work_on()
    return campaign_id


def numbers(text):
    rows = csv.reader(io.StringIO(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")))
    return {(part, name, figure): value for part, name, figure, value in rows}


def test_the_page_tells_where_every_mail_ended(marketing, clicked):
    page = marketing.open(f"/staff/campaigns/{clicked}/results").text
    for words in ("90%", "18 of 20", "The sums balance: 20 agreed, 0 were left out, 20 were written to.", "Lamps"):
        assert words in page, words
    assert "How people and programs are told apart" in page


def test_the_file_tells_the_same(marketing, clicked):
    found = numbers(marketing.open(f"/staff/campaigns/{clicked}/results.csv").text)
    assert found["handed over", "", "accepted"] == "19"
    assert found["came of it", "", "hard"] == "1"
    assert found["came of it", "", "soft"] == "1"
    assert found["came of it", "", "complaints"] == "1"
    assert found["came of it", "", "clickers"] == "1"
    assert found["link", "https://shop.example/lamps", "scans"] == "1"
    assert found["domain", "demo.example", "sent"] == "20"
    assert found["domain", "demo.example", "bounced"] == "2"


def test_sums_are_made_anew_and_never_drift(app, clicked, clock):
    before = result_of(clicked)
    told = (before.hard, before.soft, before.complaints, before.clickers, before.scans)
    for _ in range(3):
        with transaction():
            folding.fold(clicked)
    after = result_of(clicked)
    assert (after.hard, after.soft, after.complaints, after.clickers, after.scans) == told == (1, 1, 1, 1, 1)


def test_sums_are_folded_at_most_every_quarter_of_a_minute(app, clicked, clock):
    with transaction():
        scoring.note(clicked, subscriptions()[5].id, EventKind.COMPLAINT, "", campaign().started_at)
    work_on()
    assert result_of(clicked).complaints == 1
    clock.shift(timedelta(seconds=16))
    work_on()
    assert result_of(clicked).complaints == 2


def test_who_leaves_within_a_week_left_by_the_last_campaign_that_they_got(app, clock):
    first = sent_to(3)
    clock.shift(timedelta(days=1))
    second = sent_to(2)
    clock.shift(timedelta(hours=1))
    rows = subscriptions()
    with transaction():
        for row in (rows[0], rows[2]):
            consent.withdraw(row, source=ConsentSource.ONE_CLICK, proof=Proof())
    clock.shift(timedelta(seconds=20))
    work_on()
    assert (result_of(first).unsubscribes, result_of(second).unsubscribes) == (1, 1)
    assert len(events()) == 2


def test_who_leaves_after_a_week_or_by_staff_left_by_none(app, clock):
    sent_to(2)
    clock.shift(timedelta(days=8))
    rows = subscriptions()
    with transaction():
        consent.withdraw(rows[0], source=ConsentSource.ONE_CLICK, proof=Proof())
    clock.shift(timedelta(minutes=1))
    work_on()
    assert events() == []


def test_mails_to_who_had_left_would_be_told(app, clock):
    campaign_id = sent_to(3)
    with transaction():
        early = campaign().started_at - timedelta(minutes=5)
        gone = sa.update(Subscription).where(Subscription.id == subscriptions()[0].id)
        db.session.execute(gone.values(state=SubscriptionState.UNSUBSCRIBED, changed_at=early))
    work_on()
    assert (result_of(campaign_id).late, result_of(campaign_id).is_counted) == (1, True)


def test_domains_are_counted_once_however_often_the_worker_looks(app, clicked):
    for _ in range(3):
        domains.count_ended()
    [one] = results.domains_of(clicked)
    assert (one.name, one.sent, one.accepted, one.clicked) == ("demo.example", 20, 19, 1)


def test_a_campaign_that_was_not_sent_has_no_results(marketing):
    assert marketing.open("/staff/campaigns/1/results").status_code == 404
    assert marketing.open("/staff/campaigns/99999999999/results").status_code == 404


def test_an_audience_shows_its_weeks_and_its_last_campaigns(app, browser, clicked, clock):
    clock.shift(timedelta(days=1))
    marketing = at_desk(browser, "marketing")
    while days.write_missing():
        pass
    audience = newsletter.default_audience()
    page = marketing.open(f"/staff/audiences/{audience.id}/results")
    assert page.status_code == 200
    assert "Lamps" in page.text
    assert sum(week.left for week in results.weeks_of(audience.id)) == 1
    assert "Net of these weeks: −1." in page.text


def test_what_the_ledger_says_and_what_the_sums_say_agree(app, clicked):
    sums = results.of_campaign(campaign())
    rows = db.session.scalar(sa.select(sa.func.count()).select_from(Delivery))
    assert (sums.balances, sums.sent, sums.delivered, sums.came_back) == (True, rows, 18, 1)


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(0, 0, "—"), (0, 10, "0%"), (1, 10_000, "0.01%"), (47_610, 48_236, "98.7%"), (1, 1, "100%"), (3, 1000, "0.3%")],
)
def test_a_share_has_the_digits_that_say_something(part, whole, words):
    assert share(part, whole) == words
