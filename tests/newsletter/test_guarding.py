"""Right before a mail: one statement asks whether it may begin and writes down that it does, for one sender alone."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit.service import SYSTEM
from portal.foundation.database import db, transaction
from portal.mail.service import suppress
from portal.newsletter.errors import CampaignMoved
from portal.newsletter.models import Campaign, CampaignState, Delivery, DeliveryState, Subscription, SubscriptionState
from portal.newsletter.sending.rows import Fenced, Result
from portal.newsletter.service import campaigns, freezing, progress
from tests.newsletter.campaigns import advance, campaign, launched, states, subscribe


@pytest.fixture
def in_pieces(monkeypatch):
    """Two recipients to a chunk."""
    monkeypatch.setattr(freezing, "CHUNK", 2)


def claimed(ledger):
    with ledger.transaction():
        return ledger.claim()


def someone(place=0):
    found = db.session.scalars(sa.select(Subscription).order_by(Subscription.id)).all()[place].id
    db.session.commit()
    return found


def unsubscribe(subscription_id):
    gone = sa.update(Subscription).where(Subscription.id == subscription_id)
    db.session.execute(gone.values(state=SubscriptionState.UNSUBSCRIBED))


def test_a_mail_that_begins_is_written_down(ledgers):
    subscribe(1)
    launched()
    mine = ledgers("mine")
    assert mine.begin(claimed(mine), someone()) == ""
    assert states() == {DeliveryState.INTENT: 1}


def test_nothing_begins_twice(ledgers):
    subscribe(1)
    launched()
    mine = ledgers("mine")
    chunk = claimed(mine)
    mine.begin(chunk, someone())
    assert mine.begin(chunk, someone()) != ""
    assert db.session.scalar(sa.select(Delivery.attempt)) == 1


def test_who_left_and_who_is_not_written_to_get_nothing_and_the_reason_is_told(ledgers):
    subscribe(2)
    launched()
    mine = ledgers("mine")
    chunk = claimed(mine)
    with transaction():
        unsubscribe(someone())
        suppress("zoe1@demo.example", "Bounced.")
    assert [mine.begin(chunk, someone(place)) for place in (0, 1)] == ["unsubscribed", "suppressed"]
    assert states() == {DeliveryState.QUEUED: 2}


def test_a_sender_whose_chunk_was_taken_begins_nothing_and_writes_nothing(ledgers):
    subscribe(1)
    launched()
    late, other = ledgers("late", lease=0), ledgers("other")
    lost = claimed(late)
    assert claimed(other).epoch == lost.epoch + 1
    with pytest.raises(Fenced):
        late.begin(lost, someone())
    with pytest.raises(Fenced):
        late.settle(lost, [Result(someone(), DeliveryState.ACCEPTED, "250 OK")])
    with pytest.raises(Fenced):
        late.release(lost)
    assert states() == {DeliveryState.QUEUED: 1}


def test_a_sender_that_got_its_chunk_back_begins_nothing_of_before(ledgers):
    subscribe(1)
    launched()
    mine = ledgers("mine", lease=0)
    before = claimed(mine)
    assert claimed(mine).epoch == before.epoch + 1
    with pytest.raises(Fenced):
        mine.begin(before, someone())


def test_another_chunk_of_the_same_sender_lets_nobody_of_a_lost_one_through(ledgers, in_pieces):
    subscribe(4)
    launched()
    mine = ledgers("mine", lease=0)
    lost = claimed(mine)
    assert claimed(ledgers("other")).number == lost.number
    kept = claimed(mine)
    assert (kept.number, kept.epoch) == (lost.number + 1, lost.epoch)
    with pytest.raises(Fenced):
        mine.begin(lost, someone())


def test_nothing_begins_while_a_campaign_is_about_to_pause(ledgers):
    subscribe(1)
    campaign_id = launched()
    mine = ledgers("mine")
    chunk = claimed(mine)
    with transaction():
        campaigns.pause(db.session.get_one(Campaign, campaign_id), SYSTEM, "")
    with pytest.raises(Fenced, match="pausing"):
        mine.begin(chunk, someone())


def test_a_campaign_is_paused_or_cancelled_once_nobody_holds_any_of_it(ledgers):
    subscribe(1)
    campaign_id = launched()
    mine = ledgers("mine")
    chunk = claimed(mine)
    for step, about, over in (
        (campaigns.pause, CampaignState.PAUSING, CampaignState.PAUSED),
        (campaigns.cancel, CampaignState.CANCELLING, CampaignState.CANCELLED),
    ):
        with transaction():
            step(db.session.get_one(Campaign, campaign_id), SYSTEM)
        with transaction():
            held = sa.text("UPDATE delivery_chunk SET state = 1, worker = 'mine', epoch = :epoch")
            db.session.execute(held, {"epoch": chunk.epoch})
        advance()
        assert campaign().state is about
        mine.release(chunk)
        advance()
        assert campaign().state is over


def test_what_is_cancelled_is_never_resumed(app):
    subscribe(1)
    campaign_id = launched()
    for state in (CampaignState.CANCELLING, CampaignState.CANCELLED):
        with transaction():
            db.session.execute(sa.update(Campaign).values(state=state))
        with pytest.raises(CampaignMoved), transaction():
            campaigns.resume(db.session.get_one(Campaign, campaign_id, populate_existing=True), SYSTEM)
        assert campaign().state is state


def test_a_result_that_is_told_twice_counts_once(ledgers):
    subscribe(2)
    campaign_id = launched()
    mine = ledgers("mine")
    chunk = claimed(mine)
    mine.begin(chunk, someone())
    for _ in range(2):
        mine.settle(chunk, [Result(someone(), DeliveryState.ACCEPTED, "250 OK")])
    assert progress.settled(campaign_id)["accepted"] == 1


def test_a_mail_that_went_back_to_the_queue_was_no_try_however_often_that_is_told(ledgers):
    subscribe(2)
    launched()
    mine = ledgers("mine")
    chunk = claimed(mine)
    mine.begin(chunk, someone())
    for _ in range(2):
        mine.settle(chunk, [Result(someone(), DeliveryState.QUEUED)])
    assert db.session.scalar(sa.select(Delivery.attempt).where(Delivery.subscription_id == someone())) == 0


def test_a_campaign_whose_sums_differ_does_not_finish(ledgers):
    subscribe(1)
    campaign_id = launched()
    mine = ledgers("mine")
    chunk = claimed(mine)
    mine.begin(chunk, someone())
    mine.settle(chunk, [Result(someone(), DeliveryState.ACCEPTED, "250 OK")])
    mine.release(chunk)
    with transaction():
        db.session.execute(sa.update(Campaign).where(Campaign.id == campaign_id).values(queued=2))
    advance()
    assert campaign().state is CampaignState.SENDING


def test_a_campaign_whose_audience_does_not_add_up_is_not_begun(app, monkeypatch):
    subscribe(3)
    monkeypatch.setattr(freezing, "_write_chunks", lambda _campaign: None)
    with pytest.raises(freezing.SumsDiffer):
        launched()
    assert states() == {}


def test_who_unsubscribes_waits_for_a_mail_that_begins_and_the_other_way_round(ledgers):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("one writer at a time")
    subscribe(1)
    launched()
    mine = ledgers("mine")
    chunk, who = claimed(mine), someone()
    with mine.transaction():
        assert mine.begin(chunk, who) == ""
        db.session.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(sa.exc.OperationalError):
            unsubscribe(who)
        db.session.rollback()


def test_a_mail_waits_for_an_unsubscribe_that_is_not_answered_yet(ledgers):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("one writer at a time")
    subscribe(1)
    launched()
    mine = ledgers("mine")
    chunk, who = claimed(mine), someone()
    unsubscribe(who)
    mine._driver.run("SET lock_timeout = '50ms'")
    with pytest.raises(mine.troubles):
        mine.begin(chunk, who)
    db.session.commit()
    assert mine.begin(chunk, who) == "unsubscribed"


def test_the_lease_of_a_sender_that_works_goes_on(ledgers, clock):
    subscribe(2)
    launched()
    mine = ledgers("mine", lease=60)
    chunk = claimed(mine)
    clock.shift(timedelta(seconds=50))
    mine.begin(chunk, someone())
    mine.settle(chunk, [Result(someone(), DeliveryState.ACCEPTED, "250 OK")])
    clock.shift(timedelta(seconds=50))
    assert claimed(ledgers("other")) is None
