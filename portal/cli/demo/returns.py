"""What came back from the demo shop's campaign: clicks of people and of programs, bounces, and a report to look at."""

import random
from datetime import timedelta

import sqlalchemy as sa

from portal.foundation.database import db, table_of, transaction
from portal.newsletter.bounces import intake, scoring, settling
from portal.newsletter.models import (
    Campaign,
    CampaignLink,
    CampaignState,
    Delivery,
    DeliveryEvent,
    DeliveryState,
    EventKind,
    InboundReport,
)
from portal.newsletter.results import folding
from portal.newsletter.service import clicking

MOST = 3000  # recipients who do anything
CLICKED, SCANNED = 0.08, 0.03  # of them
SOFT = 3
FULL = "452 4.2.2 Mailbox full"
HALF_LIFE = 7.0  # hours from a mail to a click, on average
HELD = b"""From: Mail gateway <gateway@mx.shop.example>
Subject: Message held

Your message was put aside for the recipient, who may release it.
"""
MOVED = b"""From: Front desk <desk@hotel.example>
Subject: New address

Mrs Rao left the hotel in March. Her mail goes to her home address now.
"""


def play() -> None:
    """Make it once, for the campaign that was sent."""
    with transaction():
        known = db.session.scalar(sa.select(InboundReport.id).limit(1))
        sent = sa.select(Campaign).where(Campaign.state == CampaignState.FINISHED).order_by(Campaign.id)
        campaign = db.session.scalars(sent).first()
        if known is not None or campaign is None or campaign.started_at is None:
            return
        campaign.tracks_clicks = True
        clicking.write_links(campaign)
        people = _recipients(campaign.id)
        if people:
            _click(campaign, people)
            for subscription_id in people[:SOFT]:
                scoring.note(
                    campaign.id, subscription_id, EventKind.SOFT, "452 4.2.2 Mailbox full", campaign.started_at
                )
        for raw in (HELD, MOVED):  # which nobody but a person understands
            intake.keep(raw, "bounces@demo.example")
        scoring.make_stale(campaign.id)
        number = campaign.id
    settling.settle_new()
    with transaction():
        folding.fold(number)


def _recipients(campaign_id: int) -> list[int]:
    delivery = table_of(Delivery)
    mine = sa.and_(delivery.c.campaign_id == campaign_id, delivery.c.state == int(DeliveryState.ACCEPTED))
    got = sa.select(delivery.c.subscription_id).where(mine).order_by(delivery.c.subscription_id).limit(MOST)
    return list(db.session.scalars(got))


def _click(campaign: Campaign, people: list[int]) -> None:
    chance, begun = random.Random(campaign.id), campaign.started_at
    ids = sa.select(CampaignLink.id).where(CampaignLink.campaign_id == campaign.id).order_by(CampaignLink.position)
    links = list(db.session.scalars(ids))
    rows: list[dict[str, object]] = []
    for subscription_id in people:
        drawn = chance.random()
        if begun is None or drawn > CLICKED + SCANNED:
            continue
        is_person = drawn < CLICKED
        at = begun + timedelta(hours=min(chance.expovariate(1 / HALF_LIFE), 47) if is_person else chance.random())
        kind, touched = (EventKind.CLICK, [chance.choice(links[1:] or links)]) if is_person else (EventKind.SCAN, links)
        told = {"campaign_id": campaign.id, "subscription_id": subscription_id, "kind": kind, "at": at}
        rows += [{**told, "link_id": link_id, "slot": folding.hour_of(at)} for link_id in touched]
    if rows:
        db.session.execute(sa.insert(DeliveryEvent), rows)
