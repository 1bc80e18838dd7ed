"""Campaigns on their way: everybody once, everybody with a result, nobody after they left."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.foundation.clock import now
from portal.foundation.database import db, transaction
from portal.newsletter.models import Campaign, CampaignState, DeliveryState, Subscription, SubscriptionState
from portal.newsletter.sending import pace, watch
from portal.newsletter.service import progress
from tests.newsletter.campaigns import advance, campaign, launched, send, states, subscribe
from tests.newsletter.sink import HANG_UP, sink

pytestmark = pytest.mark.real

PEOPLE = 120


def test_everybody_gets_one_mail_and_the_sums_balance(app):
    subscribe(PEOPLE)
    launched()
    with sink() as server:
        send(app, server)
    assert len(set(server.ids)) == len(server.ids) == PEOPLE
    assert states() == {DeliveryState.ACCEPTED: PEOPLE}
    done = campaign()
    assert done.state is CampaignState.FINISHED
    assert (done.candidates, done.queued, done.excluded) == (PEOPLE, PEOPLE, {})


def test_a_mail_says_what_the_campaign_says_and_how_to_leave(app, browser):
    subscribe(1)
    launched()
    with sink() as server:
        send(app, server)
    [mail] = server.mails
    assert mail["To"] == "Zoe0@demo.example"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain = mail.get_body(("plain",)).get_content()
    assert plain.startswith("Dear friend,\r\n\r\nLamps are here.\r\n.\r\nStop: http")
    address = mail["List-Unsubscribe"].strip("<>")
    assert address in plain
    assert address in mail.get_body(("html",)).get_content()
    app.test_client().post(address.partition("8000")[2] or address, data={"List-Unsubscribe": "One-Click"})


def test_who_left_or_is_suppressed_meanwhile_is_skipped_and_the_reason_is_kept(app):
    subscribe(10)
    launched()
    with transaction():
        gone = sa.update(Subscription).where(Subscription.email_key == "zoe3@demo.example")
        db.session.execute(gone.values(state=SubscriptionState.UNSUBSCRIBED))
    with sink() as server:
        send(app, server)
    assert len(server.ids) == 9
    assert states() == {DeliveryState.ACCEPTED: 9, DeliveryState.SKIPPED: 1}
    assert campaign().state is CampaignState.FINISHED


@pytest.mark.parametrize("pipelining", [True, False])
def test_who_is_refused_is_told_apart_from_who_is_tried_again(app, pipelining):
    subscribe(30)
    launched()
    answers = {"Zoe1@demo.example": b"550 5.1.1 nobody here", "Zoe2@demo.example": b"451 4.7.1 later"}
    with sink() as server:
        server.pipelining = pipelining
        server.to_recipient = lambda who: answers.get(who, b"250 OK")
        send(app, server, connections=1)
    assert states() == {DeliveryState.ACCEPTED: 28, DeliveryState.REJECTED: 1, DeliveryState.DEFERRED: 1}
    assert campaign().state is CampaignState.FINISHING


def test_a_server_that_hangs_up_at_the_dot_leaves_one_in_doubt_who_is_never_sent_to_again(app):
    subscribe(20)
    launched()
    with sink() as server:
        server.to_data = lambda who: HANG_UP if who == "Zoe7@demo.example" else b"250 OK"
        send(app, server, connections=1)
        send(app, server, connections=1)
    assert len(set(server.ids)) == len(server.ids) == 20
    assert states() == {DeliveryState.ACCEPTED: 19, DeliveryState.UNKNOWN: 1}
    assert campaign().state is CampaignState.FINISHED


def test_a_refusal_for_our_reputation_pauses_the_campaign_and_blames_nobody(app):
    subscribe(20)
    launched()
    with sink() as server:
        server.to_data = lambda _: b"550 5.7.1 we do not like you"
        send(app, server, connections=1)
    assert server.ids == []
    assert states() == {DeliveryState.QUEUED: 20}
    stopped = campaign()
    assert stopped.state is CampaignState.PAUSED
    assert stopped.pause_reason == "policy"
    assert stopped.pause_said == "demo.example: 550 5.7.1 we do not like you"


def test_a_server_that_is_away_for_long_pauses_the_campaign(app, monkeypatch):
    monkeypatch.setattr(watch, "OUTAGE", 0)
    monkeypatch.setattr(pace, "SHORTEST", 0.01)
    subscribe(5)
    launched()
    with sink() as server:
        pass
    send(app, server, connections=1)
    assert states() == {DeliveryState.QUEUED: 5}
    stopped = campaign()
    assert (stopped.state, stopped.pause_reason) == (CampaignState.PAUSED, "relay_down")


def test_a_campaign_says_how_far_it_is_and_when_it_ends_at_this_pace(app):
    subscribe(30)
    campaign_id = launched()
    with sink() as server:
        server.to_recipient = lambda who: (
            b"451 later" if who in ("Zoe1@demo.example", "Zoe2@demo.example") else b"250 OK"
        )
        send(app, server, connections=1)
    found = progress.standing(campaign_id)
    assert (found.queued, found.accepted, found.waiting, found.settled) == (30, 28, 2, 28)
    with transaction():
        begun = sa.update(Campaign).values(pace_at=now() - timedelta(seconds=10), pace_settled=8)
        db.session.execute(begun)
    advance()
    found = progress.standing(campaign_id)
    assert 110 <= found.per_minute <= 120  # 20 in ten seconds
    assert found.finish_at is not None
    assert found.finish_at - now() < timedelta(seconds=2)
