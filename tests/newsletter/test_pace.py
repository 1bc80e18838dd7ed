"""How fast campaigns go: connections, turns of a domain, tries, and the end of all tries."""

from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from portal.audit.service import SYSTEM
from portal.foundation.clock import now
from portal.foundation.database import db, transaction
from portal.newsletter.models import Campaign, CampaignState, Delivery, DeliveryChunk, DeliveryState
from portal.newsletter.sending import pace
from portal.newsletter.sending.answers import AGAIN, of_reply
from portal.newsletter.sending.pace import Gate, limits
from portal.newsletter.sending.smtp import Reply
from portal.newsletter.service import campaigns, freezing, progress
from tests.newsletter.campaigns import advance, campaign, drafted, launched, send, states, subscribe
from tests.newsletter.sink import sink

LATER = Reply(451, "4.7.1 later")


def test_trouble_halves_the_connections_and_good_mails_bring_them_back_one_by_one(monkeypatch):
    monkeypatch.setattr(pace, "ONCE_IN", 0)
    gate = Gate(8)
    gate.went_wrong(refused=False)
    assert gate.open == 4
    assert [gate.may(number) for number in (0, 3, 4, 7)] == [True, True, False, False]
    for _ in range(4 * pace.GOOD_WHILE):
        gate.went_well()
    assert gate.open == 5
    for _ in range(6):
        gate.went_wrong(refused=False)
    assert gate.open == 1


def test_several_connections_that_break_together_are_one_trouble():
    gate = Gate(8)
    for _ in range(8):
        gate.went_wrong(refused=False)
    assert gate.open == 4


def test_nobody_calls_a_server_that_refused_to_talk_for_a_while():
    gate = Gate(2)
    gate.went_wrong(refused=True)
    assert gate.rests
    assert not gate.may(0)


def test_a_temporary_refusal_is_tried_again_after_5_15_60_240_and_480_minutes_then_never(clock):
    found = [of_reply(1, LATER, attempt) for attempt in range(1, 7)]
    assert [one.retry_at - now() for one in found[:5]] == list(AGAIN)
    assert [step.total_seconds() / 60 for step in AGAIN] == [5, 15, 60, 240, 480]
    assert found[5].state is DeliveryState.FAILED


def test_nobody_is_tried_again_after_the_end_of_the_campaign(clock):
    assert of_reply(1, LATER, 1, now() + timedelta(minutes=4)).state is DeliveryState.FAILED
    assert of_reply(1, LATER, 1, now() + timedelta(minutes=6)).state is DeliveryState.DEFERRED


def test_domains_have_their_limits_by_the_hour():
    assert limits(("gmail.com=3600", "Outlook.com = 1800")) == {"gmail.com": 1.0, "outlook.com": 2.0}
    for word in ("gmail.com", "gmail.com=", "gmail.com=0", "=5"):
        with pytest.raises(ValueError):
            limits((word,))


@pytest.mark.real
def test_a_domain_gets_one_mail_at_a_time_and_each_of_the_others_has_a_moment_of_its_own(app, shop_wants):
    shop_wants(domain_limits=("demo.example=60",))
    subscribe(4)
    launched()
    with sink() as server:
        send(app, server, connections=1)
    assert len(server.ids) == 1
    assert states() == {DeliveryState.ACCEPTED: 1, DeliveryState.QUEUED: 3}
    later = sorted(db.session.scalars(sa.select(Delivery.retry_at).where(Delivery.retry_at.is_not(None))))
    steps = [(after - before).total_seconds() for before, after in pairwise(later)]
    assert steps == pytest.approx([60, 60], abs=0.01)
    db.session.commit()


@pytest.mark.real
def test_who_is_left_when_the_time_of_a_campaign_is_up_has_failed_and_the_sums_balance(app):
    subscribe(6)
    launched()
    with sink() as server:
        server.to_recipient = lambda who: b"451 later" if who < "Zoe3" else b"250 OK"
        send(app, server, connections=1)
        assert campaign().state is CampaignState.FINISHING
        with transaction():
            db.session.execute(sa.update(Campaign).values(stop_trying_at=now()))
        send(app, server, connections=1)
    assert states() == {DeliveryState.ACCEPTED: 3, DeliveryState.FAILED: 3}
    assert campaign().state is CampaignState.FINISHED


@pytest.mark.real
def test_421_is_no_try_and_no_trouble(app):
    subscribe(30)
    launched()
    told = []

    def busy(who):
        if len(told) < 3 and who.endswith(("5@demo.example", "7@demo.example")):
            told.append(who)
            return b"421 4.3.2 closing"
        return b"250 OK"

    with sink() as server:
        server.to_recipient = busy
        send(app, server, connections=2)
    assert len(told) == 3
    assert states() == {DeliveryState.ACCEPTED: 30}
    assert db.session.scalar(sa.select(sa.func.max(Delivery.attempt))) == 1
    db.session.commit()


def test_a_moment_that_passed_an_hour_ago_is_missed_and_one_of_half_an_hour_is_not(app, clock, monkeypatch):
    monkeypatch.setattr(progress.checking, "of_all", lambda _campaign: [])
    late = drafted()
    with transaction():
        campaigns.schedule(db.session.get_one(Campaign, late), now(), SYSTEM)
    clock.shift(timedelta(minutes=61))
    advance()
    assert campaign().state is CampaignState.MISSED
    with transaction():
        campaigns.schedule(db.session.get_one(Campaign, late), now(), SYSTEM)
    clock.shift(timedelta(minutes=30))
    advance()
    assert campaign().state is not CampaignState.MISSED
    assert db.session.scalar(sa.select(sa.func.count()).select_from(DeliveryChunk)) == 0


def test_a_campaign_is_cancelled_in_pieces_and_its_sums_balance(app, monkeypatch):
    monkeypatch.setattr(freezing, "CHUNK", 10)
    monkeypatch.setattr(progress, "PIECE", 2)
    subscribe(45)
    campaign_id = launched()
    with transaction():
        campaigns.cancel(db.session.get_one(Campaign, campaign_id), SYSTEM)
    advance()
    assert states() == {DeliveryState.CANCELLED: 20, DeliveryState.QUEUED: 25}
    assert campaign().state is CampaignState.CANCELLING
    advance()
    advance()
    assert states() == {DeliveryState.CANCELLED: 45}
    assert campaign().state is CampaignState.CANCELLED
    assert progress.standing(campaign_id).cancelled == 45
