"""Whom a campaign goes to: its segment, less those who are left out, each by one reason; nothing widens by itself."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.foundation import clock
from portal.foundation.database import db
from portal.groups.models import Membership
from portal.mail.service import suppress
from portal.newsletter import queries
from portal.newsletter.models import Campaign, CampaignState, Delivery, DeliveryState, Subscription
from portal.newsletter.rules import exclusions
from portal.newsletter.rules.segments import Row
from portal.newsletter.service import segments
from portal.newsletter.service.freezing import freeze
from tests import cast
from tests.newsletter.people import days_ago, every, segment, subscriber

RECORD = Row("customer", "is", "record")


@pytest.fixture
def people(app):
    """Ann in India and Ben in Britain are customers, the other three are not."""
    ann, ben = cast.customer(cast.ANN, with_account=False), cast.customer(cast.BEN, with_account=False)
    ann.country, ben.country = "IN", "GB"
    for name in ("ann", "ben", "p0", "p1", "p2"):
        subscriber(f"{name}@demo.example")


def frozen(**more):
    """A campaign that was just frozen, and who is in its ledger."""
    campaign = Campaign(
        public_id=f"c{more.pop('public_id', 1)}",
        audience_id=queries.default_audience().id,
        name="Lamps",
        state=CampaignState.PREPARING,
        started_at=clock.now(),
        **more,
    )
    db.session.add(campaign)
    db.session.commit()
    freeze(campaign)
    db.session.commit()
    db.session.refresh(campaign)
    rows = db.session.scalars(
        sa.select(Subscription.email)
        .join(Delivery, Delivery.subscription_id == Subscription.id)
        .where(Delivery.campaign_id == campaign.id)
        .order_by(Subscription.id)
    )
    return campaign, [email.partition("@")[0] for email in rows]


def test_a_campaign_goes_to_its_segment_alone(people):
    campaign, got = frozen(segment_id=segment("Customers", every(RECORD)).id)
    assert got == ["ann", "ben"]
    assert (campaign.candidates, campaign.queued, campaign.excluded) == (2, 2, {})


def test_everybody_who_is_left_out_counts_under_one_reason(people):
    suppress("ann@demo.example", "bounced")
    left_out = [segment("India", every(Row("country", "is", "IN"))), segment("Customers", every(RECORD))]
    campaign, got = frozen(excluded_segment_ids=[one.id for one in left_out])
    assert got == ["p0", "p1", "p2"]
    assert campaign.excluded == {"suppressed": 1, "segment:Customers": 1}
    assert campaign.candidates == campaign.queued + sum(campaign.excluded.values()) == 5
    assert [bool(exclusions.in_words(reason)) for reason in campaign.excluded] == [True, True]


def test_a_segment_that_is_gone_or_cannot_be_read_sends_to_nobody(people):
    trade = cast.group()
    kept = segment("Not trade", every(Row("group", "is-not", str(trade.id))))
    db.session.execute(sa.delete(Membership).where(Membership.group_id == trade.id))
    db.session.delete(trade)
    db.session.commit()
    assert frozen(segment_id=kept.id)[1] == []
    assert frozen(public_id=2, segment_id=4711)[1] == []


def test_a_left_out_segment_that_cannot_be_read_keeps_everybody_out(people):
    kept = segment("Customers", every(RECORD))
    kept.conditions = {"match": "all", "parts": [{"field": "gone", "operator": "is", "value": "1"}]}
    db.session.commit()
    campaign, got = frozen(excluded_segment_ids=[kept.id])
    assert (got, campaign.excluded) == ([], {"segment:Customers": 5})
    campaign, got = frozen(public_id=2, excluded_segment_ids=[4711])
    assert (got, campaign.candidates) == ([], 5)


def test_who_wants_fewer_mails_gets_none_while_the_last_is_young(people):
    db.session.execute(
        sa.update(Subscription).where(Subscription.email_key == "p0@demo.example").values(days_between=7)
    )
    db.session.execute(
        sa.update(Subscription).where(Subscription.email_key == "p1@demo.example").values(days_between=30)
    )
    first, got = frozen()
    assert len(got) == 5
    first.started_at = days_ago(10)
    db.session.execute(sa.update(Delivery).values(state=DeliveryState.ACCEPTED))
    db.session.commit()
    second, got = frozen(public_id=2)
    assert (got, second.excluded) == (["ann", "ben", "p0", "p2"], {"less-often": 1})
    third, got = frozen(public_id=3)
    assert third.excluded == {"less-often": 2}
    assert len(got) == 3


def test_a_mail_that_never_left_makes_nobody_wait(people):
    db.session.execute(sa.update(Subscription).values(days_between=7))
    frozen()
    db.session.execute(sa.update(Delivery).values(state=DeliveryState.CANCELLED))
    db.session.commit()
    assert len(frozen(public_id=2)[1]) == 5


def test_a_change_of_a_segment_changes_nothing_that_was_frozen(people):
    kept = segment("Customers", every(RECORD))
    campaign, got = frozen(segment_id=kept.id)
    segments.change(kept.id, "Nobody", every(Row("country", "is", "DE")), version=1, by=OPERATOR)
    db.session.commit()
    ledger = sa.select(sa.func.count()).select_from(Delivery).where(Delivery.campaign_id == campaign.id)
    assert db.session.scalar(ledger) == len(got) == 2
    assert campaign.started_at > clock.now() - timedelta(hours=1)
