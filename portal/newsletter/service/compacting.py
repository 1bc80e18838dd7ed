"""The ledger of a campaign that ended long ago, packed: a bit for each who got it, and rows for what went wrong.

Chunk by chunk and all in one transaction, so that it may be killed at any moment. The sums of a chunk stay as they
are: results and the accounting are read off them, never off rows.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.config import settings
from portal.foundation import retention
from portal.foundation.database import db, table_of
from portal.foundation.retention import Rule
from portal.newsletter.models import (
    IS_LOOSE,
    Campaign,
    CampaignResult,
    Delivery,
    DeliveryBits,
    DeliveryChunk,
    DeliveryState,
)
from portal.newsletter.rules import bitmaps
from portal.newsletter.rules.campaigns import OVER

CHUNKS = 20  # that one transaction packs: some ten thousand rows
LEAST = 31  # days: who wants one mail a month is looked up in the rows
PACKED = (DeliveryState.ACCEPTED, DeliveryState.CANCELLED)

_chunk, _delivery = table_of(DeliveryChunk), table_of(Delivery)


def pack_some(most: int = CHUNKS) -> int:
    """Pack some chunks of one campaign; returns how many rows went, or how many chunks had none to pack."""
    campaign_id = db.session.scalar(_due().with_only_columns(_chunk.c.campaign_id).limit(1))
    if campaign_id is None:
        return 0
    # Locked: of two workers one packs, and nobody sends once more to somebody in doubt meanwhile.
    locked = sa.select(Campaign.state).where(Campaign.id == campaign_id).with_for_update()
    if db.session.scalar(locked) not in OVER:
        return 0
    loose = sa.select(_chunk.c.number, _chunk.c.first_id, _chunk.c.last_id)
    mine = loose.where(_chunk.c.campaign_id == campaign_id, IS_LOOSE).order_by(_chunk.c.number)
    chunks = db.session.execute(mine.limit(most)).all()
    return _pack(campaign_id, chunks) or len(chunks) if chunks else 0


def days() -> int:
    """After how many days ledgers are packed; 0: never."""
    wanted = settings().keep_deliveries
    return max(wanted, LEAST) if wanted else 0


def _due() -> sa.Select[Any]:
    """Chunks that have their rows still, of campaigns that ended long ago and whose results are counted."""
    until = retention.before(days())
    counted = sa.select(CampaignResult.campaign_id).where(CampaignResult.is_counted)
    query = (
        sa.select(_chunk)
        .join(Campaign, Campaign.id == _chunk.c.campaign_id)
        .where(IS_LOOSE, Campaign.state.in_(OVER), Campaign.id.in_(counted))
        .order_by(_chunk.c.campaign_id, _chunk.c.number)
    )
    return query.where(Campaign.ended_at <= until) if until else query.where(sa.false())


def _pack(campaign_id: int, chunks: Sequence[sa.Row[tuple[int, int, int]]]) -> int:
    spans = {chunk.number: (chunk.first_id, chunk.last_id) for chunk in chunks}
    gone = sa.delete(_delivery).where(
        _delivery.c.campaign_id == campaign_id,
        _delivery.c.subscription_id.between(chunks[0].first_id, chunks[-1].last_id),
        _delivery.c.chunk.in_(spans),
        _delivery.c.state.in_([int(state) for state in PACKED]),
    )
    ids: dict[tuple[int, int], list[int]] = defaultdict(list)
    last: dict[tuple[int, int], datetime] = {}
    told = gone.returning(_delivery.c.chunk, _delivery.c.state, _delivery.c.subscription_id, _delivery.c.at)
    for number, state, subscription_id, at in db.session.execute(told).tuples():
        ids[number, state].append(subscription_id)
        if at is not None:
            last[number, state] = max(at, last.get((number, state), at))
    values = [
        {"campaign_id": campaign_id, "state": state, "at": last.get((number, state))}
        | {"first_id": spans[number][0], "last_id": spans[number][1]}
        | {"bits": bitmaps.packed(some, spans[number][0])}
        for (number, state), some in ids.items()
    ]
    if values:
        db.session.execute(sa.insert(DeliveryBits), values)
    done = sa.update(_chunk).where(_chunk.c.campaign_id == campaign_id, _chunk.c.number.in_(spans))
    db.session.execute(done.values(is_packed=True))
    return sum(map(len, ids.values()))


def _count() -> int:
    due = _due().order_by(None).subquery()
    total = sa.select(sa.func.coalesce(sa.func.sum(due.c.accepted + due.c.cancelled), 0))
    return int(db.session.scalar(total) or 0)


retention.declare(
    Rule(
        "Rows of campaigns that ended, packed into a bit for each recipient", days, "keep_deliveries", _count, pack_some
    )
)
