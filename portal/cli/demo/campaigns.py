"""Campaigns of the demo shop: one that was sent, one that goes out next week, one that is being written."""

from datetime import timedelta

import sqlalchemy as sa

from portal.audit.service import SYSTEM
from portal.config import settings
from portal.foundation.clock import now
from portal.foundation.database import db, table_of, transaction
from portal.newsletter import queries
from portal.newsletter.models import Campaign, CampaignState, ChunkState, Delivery, DeliveryChunk, DeliveryState
from portal.newsletter.rules.blocks import Block
from portal.newsletter.rules.campaigns import COUNTED
from portal.newsletter.service import campaigns, drafting, freezing, wording
from portal.newsletter.service.wording import Draft

WRITER = "Meera Nair"
SENT = timedelta(days=16)  # ago
TOOK = timedelta(minutes=4)
# What became of one mail in so many of the sent campaign; all others were accepted.
OTHERWISE = {DeliveryState.REJECTED: 97, DeliveryState.SKIPPED: 211, DeliveryState.UNKNOWN: 491}
LIGHTS: list[Block] = [
    {"kind": "heading", "text": "Diwali lights are in the shops"},
    {
        "kind": "text",
        "text": 'Dear {{ first_name | default: "friend" }},\n\nlanterns, candles and **three kinds of fairy lights** '
        "wait for you in all shops and online. Orders until Thursday arrive before Diwali.",
    },
    {"kind": "button", "text": "See the lights", "href": "https://shop.example/lights"},
    {"kind": "divider"},
    {
        "kind": "columns",
        "left": "**Candle set of six**\n\nBeeswax, eight hours each, ₹640.",
        "right": "**Lamp with brass foot**\n\nWarm light, 4 m cord, ₹1,450.",
    },
]
CLEAR_OUT: list[Block] = [
    {"kind": "heading", "text": "The monsoon is over. Our shelves disagree."},
    {
        "kind": "text",
        "text": '{{ first_name | default: "Hello" }}, we bought too many raincoats and lamps. They go at **up to 40% '
        "off** until Sunday, in all five shops and online.\n\n- Field raincoat, waxed cotton\n- Lamp with brass foot\n"
        "- Umbrella for two",
    },
    {"kind": "button", "text": "See everything", "href": "https://shop.example/monsoon"},
]
YEAR: list[Block] = [
    {"kind": "heading", "text": "Thank you for this year"},
    {"kind": "text", "text": ""},
]


def play() -> None:
    """Write, schedule and send; once in the life of a demo shop."""
    with transaction():
        if db.session.scalar(sa.select(Campaign.id).limit(1)) is not None:
            return
        _write("Year's end", "", YEAR)
        later = _write("Monsoon clear-out", 'Up to 40% off, {{ first_name | default: "just for you" }}', CLEAR_OUT)
        at = (now() + timedelta(days=5)).replace(hour=4, minute=30, second=0, microsecond=0)
        campaigns.schedule(later, at, SYSTEM)
        later.time_zone = settings().shop_time_zone
        _send(_write("Diwali lights", "Lanterns, candles and fairy lights are here", LIGHTS))


def _write(name: str, subject: str, blocks: list[Block]) -> Campaign:
    audience = queries.default_audience()
    campaign = drafting.begin(name, audience, by=SYSTEM)
    sender_name, sender_email = wording.default_sender(audience)
    preview = "In all five shops and online." if subject else ""
    draft = Draft(name, audience, sender_name, sender_email, subject=subject, preview_text=preview, blocks=blocks)
    drafting.save(campaign.id, draft, version=campaign.version, by=SYSTEM)
    campaign.created_by = campaign.changed_by = WRITER
    return campaign


def _send(campaign: Campaign) -> None:
    """Have it look as if it had been sent: the demo shop mails nobody."""
    campaigns.launch(campaign, SYSTEM)
    freezing.freeze(campaign)
    delivery, chunk = table_of(Delivery), table_of(DeliveryChunk)
    mine, moment = delivery.c.campaign_id == campaign.id, now() - SENT + TOOK
    db.session.execute(sa.update(delivery).where(mine).values(state=int(DeliveryState.ACCEPTED), code="250", at=moment))
    for state, one_in in OTHERWISE.items():
        chosen = sa.and_(mine, delivery.c.subscription_id % one_in == one_in // 2)
        db.session.execute(sa.update(delivery).where(chosen).values(state=int(state), code=""))
    for table in (delivery, chunk):  # of millions of rows that came in this transaction the planner knows nothing
        db.session.execute(sa.text(f"ANALYZE {table.name}"))
    counts = [
        sa.func.count().filter(delivery.c.state == int(state)).label(COUNTED[state])
        for state in (DeliveryState.ACCEPTED, *OTHERWISE)
    ]
    of_chunk = sa.select(delivery.c.chunk, *counts).where(mine).group_by(delivery.c.chunk).subquery()
    sums = {count.name: of_chunk.c[count.name] for count in counts}
    here = sa.and_(chunk.c.campaign_id == campaign.id, chunk.c.number == of_chunk.c.chunk)
    db.session.execute(sa.update(chunk).where(here).values(state=int(ChunkState.DONE), **sums))
    db.session.refresh(campaign)
    campaign.is_archived = campaign.audience.has_archive = True
    campaign.state, campaign.started_at, campaign.ended_at = CampaignState.FINISHED, now() - SENT, moment
