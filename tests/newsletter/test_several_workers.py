"""Several workers, senders and people at one campaign: nobody counts twice or waits in vain."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit.service import OPERATOR, SYSTEM
from portal.config import settings
from portal.foundation.clock import now
from portal.foundation.database import db, transaction
from portal.newsletter import tasks
from portal.newsletter.models import Campaign, CampaignState, DeliveryChunk, DeliveryState, Subscription
from portal.newsletter.rules.campaigns import Move
from portal.newsletter.sending import statements
from portal.newsletter.sending.process import Sender
from portal.newsletter.sending.rows import Result
from portal.newsletter.service import campaigns, freezing, progress, resolving, spooling
from tests.newsletter.campaigns import advance, campaign, drafted, launched, states, subscribe


class Idle:
    """A crew that only notes whether it had to look after senders."""

    looked = 0

    def look_after(self, *, has_work: bool) -> None:
        self.looked += 1


def claimed(ledger):
    with ledger.transaction():
        return ledger.claim()


def people():
    found = [row.id for row in db.session.scalars(sa.select(Subscription).order_by(Subscription.id))]
    db.session.commit()
    return found


def prepared():
    """A campaign whose people are not written down yet."""
    campaign_id = drafted()
    with transaction():
        campaigns.launch(db.session.get_one(Campaign, campaign_id), SYSTEM)
    return campaign_id


def test_who_is_written_to_again_while_a_sender_holds_the_chunk_is_written_to_before_the_campaign_ends(ledgers):
    subscribe(2)
    campaign_id = launched()
    first, second = people()
    mine, other = ledgers("mine"), ledgers("other")
    chunk = claimed(mine)
    mine.begin(chunk, first)
    mine.settle(chunk, [Result(first, DeliveryState.UNKNOWN, "no answer")])
    mine.begin(chunk, second)
    with transaction():
        resolving.send_again(db.session.get_one(Campaign, campaign_id), first, by=OPERATOR)
    assert claimed(other) is None
    mine.settle(chunk, [Result(second, DeliveryState.ACCEPTED, "250 OK")])
    mine.release(chunk)
    again = claimed(other)
    assert [one.id for one in other.waiting(again)] == [first]
    assert other.begin(again, first) == ""
    other.settle(again, [Result(first, DeliveryState.ACCEPTED, "250 OK")])
    other.release(again)
    advance()
    assert campaign().state is CampaignState.FINISHED


def test_whom_an_earlier_holder_began_too_late_is_in_doubt_and_the_campaign_ends(ledgers):
    subscribe(1)
    campaign_id = launched()
    mine, other = ledgers("mine"), ledgers("other")
    chunk = claimed(mine)
    assert mine.begin(chunk, people()[0]) == ""
    mine.let_go("mine")
    taken = claimed(other)  # its journal was read before the mail began
    other.release(taken)
    advance()
    assert (campaign().state, progress.standing(campaign_id).unknown) == (CampaignState.FINISHED, 1)


def test_one_slot_of_a_slow_campaign_is_taken_once(ledgers, monkeypatch):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("one writer at a time")
    subscribe(2)
    launched(per_hour=720)
    mine, other = ledgers("mine"), ledgers("other")
    run, taken = mine._run, []

    def run_behind_the_other(statement, **values):
        if statement == statements.SLOT and not taken:
            taken.append(claimed(other))
        return run(statement, **values)

    monkeypatch.setattr(mine, "_run", run_behind_the_other)
    assert claimed(mine) is None
    assert len(taken) == 1
    assert taken[0] is not None


def test_no_sender_is_started_before_the_next_slot_of_a_slow_campaign(ledgers):
    subscribe(2)
    launched(per_hour=10)
    assert progress.is_sending_due()
    claimed(ledgers("mine"))
    with transaction():
        db.session.execute(sa.update(DeliveryChunk).values(due_at=now()))
    assert not progress.is_sending_due()


@pytest.mark.parametrize("step", [Move.BACK, Move.SCHEDULE])
def test_what_somebody_decides_at_the_very_moment_counts(app, monkeypatch, step):
    campaign_id = drafted()
    with transaction():
        campaigns.schedule(db.session.get_one(Campaign, campaign_id), now(), OPERATOR)

    def decide(_campaign):
        assert campaigns.moved(campaign_id, step)
        return []

    monkeypatch.setattr(progress.checking, "of_all", decide)
    advance()
    assert campaign().state is (CampaignState.DRAFT if step is Move.BACK else CampaignState.SCHEDULED)


def test_two_workers_cancel_one_after_the_other(app):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("one writer at a time")
    subscribe(3)
    campaign_id = launched()
    with transaction():
        campaigns.cancel(db.session.get_one(Campaign, campaign_id), SYSTEM)
    with db.engine.connect() as other:
        other.execute(sa.select(Campaign.id).where(Campaign.id == campaign_id).with_for_update())
        db.session.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(sa.exc.OperationalError):
            progress.advance(campaign_id)
        db.session.rollback()
    advance()
    assert progress.standing(campaign_id).cancelled == 3


def test_a_campaign_that_is_being_prepared_can_be_cancelled(app):
    subscribe(3)
    campaign_id = prepared()
    with transaction():
        campaigns.cancel(db.session.get_one(Campaign, campaign_id), SYSTEM)
    advance()
    assert (campaign().state, states()) == (CampaignState.CANCELLED, {})


def test_people_who_leave_while_the_others_are_written_down_do_not_keep_a_campaign_from_beginning(app, monkeypatch):
    subscribe(5)
    prepared()
    write, gone = freezing._write_recipients, people()[0]

    def write_while_somebody_leaves(*args):
        if db.engine.dialect.name == "postgresql":  # SQLite has one writer at a time
            with db.engine.begin() as other:
                leaves = sa.update(Subscription).where(Subscription.id == gone)
                other.execute(leaves.values(state="unsubscribed"))
        write(*args)

    monkeypatch.setattr(freezing, "_write_recipients", write_while_somebody_leaves)
    tasks.advance_campaigns(Idle())
    assert campaign().state is CampaignState.SENDING
    assert states() == {DeliveryState.QUEUED: 5}


def test_one_campaign_or_spool_that_is_broken_keeps_no_other_campaign_and_no_sender_waiting(app, monkeypatch):
    subscribe(2)
    broken, sound = prepared(), prepared()
    freeze = freezing.freeze

    def freeze_or_die(one):
        if one.id == broken:
            raise ValueError("a segment that can't be read")
        freeze(one)

    monkeypatch.setattr(progress.freezing, "freeze", freeze_or_die)
    monkeypatch.setattr(spooling, "replay", lambda: 1 / 0)
    crew = Idle()
    tasks.advance_campaigns(crew)
    found = dict(db.session.execute(sa.select(Campaign.id, Campaign.state)).tuples().all())
    assert found == {broken: CampaignState.PREPARING, sound: CampaignState.SENDING}
    assert crew.looked == 1


def test_who_is_tried_again_and_put_off_by_the_pace_of_a_domain_gets_a_turn_then(ledgers, clock):
    subscribe(2)
    launched()
    mine, hour = ledgers("mine"), 3600.0
    chunk = claimed(mine)
    first, second = mine.waiting(chunk)
    assert mine.take_turn(chunk, first, "demo.example", hour)
    mine.begin(chunk, second.id)
    mine.settle(chunk, [Result(second.id, DeliveryState.DEFERRED, "451 later", now())])
    tried_again = next(one for one in mine.waiting(chunk) if one.id == second.id)
    assert not mine.take_turn(chunk, tried_again, "demo.example", hour)
    clock.shift(timedelta(hours=1))
    put_off = next(one for one in mine.waiting(chunk) if one.id == second.id)
    assert mine.take_turn(chunk, put_off, "demo.example", hour)


def test_a_connection_that_fails_for_no_known_reason_ends_its_sender_which_is_started_anew(app, monkeypatch):
    stop = threading.Event()
    sender = Sender(app, settings(), stop, 2)
    monkeypatch.setattr("portal.newsletter.sending.lane.Lane.work", lambda _lane: 1 / 0)
    sender.run(until_idle=60)
    assert stop.is_set()
