"""Mails that a server refused while they were handed over are bounces, too: read from the ledger chunk by chunk.

Never in the sender's way: a chunk says how many of its mails were refused, and who that was is looked up when that
number has grown.
"""

import sqlalchemy as sa

from portal.foundation import database
from portal.foundation.database import db, insert_of, table_of
from portal.newsletter.bounces import classifying, scoring
from portal.newsletter.models import (
    Campaign,
    CampaignResult,
    ChunkReading,
    Delivery,
    DeliveryChunk,
    DeliveryState,
)

CHUNKS = 20  # that one transaction reads

_chunk, _reading, _delivery = table_of(DeliveryChunk), table_of(ChunkReading), table_of(Delivery)


def note_refused() -> int:
    """Note the bounces of some chunks that have new ones; returns how many chunks were read."""
    with database.transaction():
        grown = db.session.execute(_grown().limit(CHUNKS)).all()
        for campaign_id, number, first_id, last_id, rejected in grown:
            _read(campaign_id, number, first_id, last_id)
            _mark(campaign_id, number, rejected)
    return len(grown)


def _grown() -> sa.Select[tuple[int, int, int, int, int]]:
    mine = sa.and_(_reading.c.campaign_id == _chunk.c.campaign_id, _reading.c.number == _chunk.c.number)
    over = sa.select(CampaignResult.campaign_id).where(CampaignResult.is_counted)
    begun = sa.select(Campaign.id).where(Campaign.started_at.is_not(None), Campaign.id.not_in(over))
    return (
        sa.select(_chunk.c.campaign_id, _chunk.c.number, _chunk.c.first_id, _chunk.c.last_id, _chunk.c.rejected)
        .outerjoin(_reading, mine)
        .where(_chunk.c.campaign_id.in_(begun), _chunk.c.rejected > sa.func.coalesce(_reading.c.rejected, 0))
        .order_by(_chunk.c.campaign_id, _chunk.c.number)
    )


def _read(campaign_id: int, number: int, first_id: int, last_id: int) -> None:
    refused = (
        sa.select(_delivery.c.subscription_id, _delivery.c.code, _delivery.c.at)
        .where(
            _delivery.c.campaign_id == campaign_id,
            _delivery.c.subscription_id.between(first_id, last_id),
            _delivery.c.chunk == number,
            _delivery.c.state == int(DeliveryState.REJECTED),
        )
        .order_by(_delivery.c.subscription_id)
    )
    for subscription_id, code, at in db.session.execute(refused).all():
        scoring.bounced(campaign_id, subscription_id, classifying.kind_of_reply(code or ""), code or "", at)


def _mark(campaign_id: int, number: int, rejected: int) -> None:
    new = insert_of(ChunkReading).values(campaign_id=campaign_id, number=number, rejected=rejected, is_counted=False)
    grown = {"rejected": new.excluded.rejected}
    db.session.execute(new.on_conflict_do_update(index_elements=["campaign_id", "number"], set_=grown))
