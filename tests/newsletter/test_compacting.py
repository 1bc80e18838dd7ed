"""The ledger of a campaign that ended long ago is packed: who got it, the sums, and whoever is in doubt stay known."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit.service import SYSTEM
from portal.customers.service.persons import person_of
from portal.foundation import holdings
from portal.foundation.clock import now
from portal.foundation.database import db, transaction
from portal.newsletter.bounces import scoring
from portal.newsletter.models import (
    CampaignState,
    Delivery,
    DeliveryBits,
    DeliveryChunk,
    DeliveryState,
    EventKind,
    Subscription,
)
from portal.newsletter.queries import results as queries
from portal.newsletter.queries import subscribers
from portal.newsletter.results import domains
from portal.newsletter.rules import bitmaps
from portal.newsletter.service import compacting, freezing, progress, resolving
from tests import cast
from tests.newsletter.campaigns import advance, campaign, launched, states, subscribe
from tests.newsletter.people import subscriber

ENDS = {3: DeliveryState.REJECTED, 17: DeliveryState.UNKNOWN, 40: DeliveryState.SKIPPED}  # by place; the others got it


@pytest.fixture
def sent(app, monkeypatch):
    """A campaign to 45 people in chunks of ten that ended forty days ago, and whose results are counted; its id."""
    monkeypatch.setattr(freezing, "CHUNK", 10)
    subscribe(45)
    campaign_id = launched()
    finish(campaign_id, ENDS)
    with transaction():
        campaign().ended_at = now() - timedelta(days=40)
    return campaign_id


def finish(campaign_id, ends):
    """Settle everybody in the ledger, as senders do, and have the worker see that it is over."""
    with transaction():
        rows = db.session.scalars(sa.select(Delivery).order_by(Delivery.subscription_id)).all()
        chunks = {row.number: row for row in db.session.scalars(sa.select(DeliveryChunk))}
        for place, row in enumerate(rows):
            state = ends.get(place, DeliveryState.ACCEPTED)
            row.state, row.at, row.code = int(state), now() - timedelta(days=40), None
            chunk, name = chunks[row.chunk], state.name.lower()
            setattr(chunk, name, getattr(chunk, name) + 1)
            chunk.state = 2
    advance()
    while domains.count_ended():
        pass
    assert campaign().state is CampaignState.FINISHED
    assert campaign_id == campaign().id


def pack():
    """What the worker does every hour, until nothing is left; how many rows went."""
    gone = 0
    while True:
        with transaction():
            some = compacting.pack_some(2)
        if not some:
            return gone
        gone += some


def told():
    """How the mail of each stands, as the subscriber's page tells it."""
    rows = db.session.scalars(sa.select(Subscription).order_by(Subscription.id)).all()
    found = {row.email: [(mail.name, mail.state) for mail in subscribers.mailed([row])] for row in rows}
    db.session.commit()
    return found


def test_who_got_it_is_still_known_when_its_rows_are_bits(sent):
    before, sums = told(), progress.standing(sent)
    assert pack() == 42
    assert states() == dict.fromkeys(ENDS.values(), 1)
    assert told() == before
    assert progress.standing(sent) == sums
    assert queries.of_campaign(campaign()).balances


def test_five_chunks_take_a_row_each_and_nothing_is_packed_twice(sent):
    pack()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(DeliveryBits)) == 5
    assert pack() == 0


def test_what_is_broken_off_halfway_has_changed_nothing(sent, monkeypatch):
    before = states()

    def killed(_ids, _first):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bitmaps, "packed", killed)
        with pytest.raises(KeyboardInterrupt):
            pack()
    assert states() == before
    assert pack() == 42


def test_a_campaign_of_this_month_keeps_its_rows_and_every_one_where_the_shop_says_so(sent, shop_wants):
    shop_wants(keep_deliveries=0)
    assert pack() == 0
    shop_wants(keep_deliveries=1)  # who wants one mail a month is looked up in the rows
    with transaction():
        campaign().ended_at = now() - timedelta(days=29)
    assert pack() == 0
    with transaction():
        campaign().ended_at = now() - timedelta(days=32)
    assert pack() == 42


def test_somebody_in_doubt_is_still_decided_and_the_sums_balance(sent):
    pack()
    doubted = db.session.scalar(sa.select(Delivery.subscription_id).where(Delivery.state == DeliveryState.UNKNOWN))
    with transaction():
        resolving.send_again(campaign(), doubted, by=SYSTEM)
    with transaction():
        row = db.session.scalars(sa.select(Delivery).where(Delivery.subscription_id == doubted)).one()
        chunk = db.session.get(DeliveryChunk, (sent, row.chunk))
        row.state, chunk.state, chunk.accepted = int(DeliveryState.ACCEPTED), 2, chunk.accepted + 1
    advance()
    assert campaign().state is CampaignState.FINISHED
    assert progress.standing(sent).accepted == 43


def test_mails_that_a_mailbox_took_still_count_for_it_when_one_comes_back(sent):
    with transaction():
        campaign().started_at = now() - timedelta(days=41)
    with transaction():
        took = db.session.scalars(sa.select(Subscription).order_by(Subscription.id)).first()
        took.bounce_score, took.bounced_at = 3, now() - timedelta(days=60)
        took.changed_at = now() - timedelta(days=90)
    pack()
    with transaction():
        assert scoring.bounced(sent + 1, took.id, EventKind.SOFT, "451 full", now())
    assert took.bounce_score == 3 - 1 + 1


def test_a_person_is_told_of_it_in_their_data(app, monkeypatch):
    ann = cast.customer(cast.ANN)
    subscriber(cast.ANN.email, customer_id=ann.id)
    campaign_id = launched()
    finish(campaign_id, {})
    with transaction():
        campaign().ended_at = now() - timedelta(days=40)
    pack()
    found = dict(holdings.tell(person_of(ann)))
    [row] = found["Newsletters that were sent long ago"]
    assert (row["campaign_id"], row["state"]) == (campaign_id, "accepted")
    assert "bits" not in row
    assert list(holdings.tell(holdings.Person((), (), ("zoe@demo.example",)))) == []


def test_ids_far_apart_take_few_bytes(app):
    ids = range(1, 1_000_000, 2000)
    kept = bitmaps.packed(ids, 1)
    assert len(kept) < 4000
    assert [number for number in range(1, 10_000) if bitmaps.has(kept, 1, number)] == list(range(1, 10_000, 2000))
    assert not bitmaps.has(kept, 1, 2_000_000)
    assert not bitmaps.has(kept, 5, 1)
