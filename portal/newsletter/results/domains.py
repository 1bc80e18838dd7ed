"""Who got a campaign by mail domain, read from the ledger once, when it is over."""

from collections import Counter
from datetime import timedelta

import sqlalchemy as sa

from portal.foundation import database
from portal.foundation.database import db, insert_of, table_of
from portal.newsletter.bounces import scoring
from portal.newsletter.models import (
    Campaign,
    CampaignCounter,
    CampaignResult,
    CampaignState,
    ChunkReading,
    ChunkState,
    Delivery,
    DeliveryChunk,
    DeliveryState,
    Subscription,
    SubscriptionState,
)

CHUNKS = 20  # that one transaction reads
OVER = (CampaignState.FINISHED, CampaignState.CANCELLED)
SENT = (DeliveryState.ACCEPTED, DeliveryState.REJECTED, DeliveryState.UNKNOWN, DeliveryState.FAILED)
AFTERWARDS = timedelta(minutes=1)  # what was in hand when somebody left has its answer long before
GONE = "erased"  # domain of those whose address was erased meanwhile
_LEFT = (SubscriptionState.UNSUBSCRIBED, SubscriptionState.COMPLAINED)

_chunk, _reading, _delivery = table_of(DeliveryChunk), table_of(ChunkReading), table_of(Delivery)


def count_ended() -> int:
    """Count some chunks of a campaign that is over; returns how many."""
    with database.transaction():
        campaign_id = db.session.scalar(_uncounted().limit(1))
        if campaign_id is None:
            return 0
        # Two workers count one after the other: the same chunk added twice would be two sums.
        db.session.execute(sa.select(Campaign.id).where(Campaign.id == campaign_id).with_for_update())
        chunks = db.session.execute(_chunks(campaign_id).limit(CHUNKS)).all()
        if chunks:
            _count(campaign_id, [(chunk.number, chunk.first_id, chunk.last_id) for chunk in chunks])
        else:
            scoring.make_stale(campaign_id)
            mine = sa.update(CampaignResult).where(CampaignResult.campaign_id == campaign_id)
            db.session.execute(mine.values(is_counted=True))
    return len(chunks) or 1


def _uncounted() -> sa.Select[tuple[int]]:
    done = sa.select(CampaignResult.campaign_id).where(CampaignResult.is_counted)
    over = sa.select(Campaign.id).where(Campaign.state.in_(OVER), Campaign.queued > 0, Campaign.id.not_in(done))
    return over.order_by(Campaign.id)


def _chunks(campaign_id: int) -> sa.Select[tuple[int, int, int]]:
    mine = sa.and_(_reading.c.campaign_id == _chunk.c.campaign_id, _reading.c.number == _chunk.c.number)
    return (
        sa.select(_chunk.c.number, _chunk.c.first_id, _chunk.c.last_id)
        .outerjoin(_reading, mine)
        .where(
            _chunk.c.campaign_id == campaign_id,
            _chunk.c.state == int(ChunkState.DONE),
            sa.or_(_reading.c.number.is_(None), sa.not_(_reading.c.is_counted)),
            _chunk.c.rejected == sa.func.coalesce(_reading.c.rejected, 0),  # its bounces are noted first
        )
        .order_by(_chunk.c.number)
    )


def _count(campaign_id: int, chunks: list[tuple[int, int, int]]) -> None:
    numbers = [number for number, _first, _last in chunks]
    first, last = min(chunk[1] for chunk in chunks), max(chunk[2] for chunk in chunks)
    rows = (
        sa.select(
            _delivery.c.state, _delivery.c.at, Subscription.email_key, Subscription.state, Subscription.changed_at
        )
        .outerjoin(Subscription, Subscription.id == _delivery.c.subscription_id)
        .where(
            _delivery.c.campaign_id == campaign_id,
            _delivery.c.subscription_id.between(first, last),
            _delivery.c.chunk.in_(numbers),
            _delivery.c.state.in_([int(state) for state in SENT]),
        )
    )
    found: Counter[tuple[str, str]] = Counter()
    late = 0
    for state, at, email_key, standing, changed_at in db.session.execute(rows):
        domain = (email_key or GONE).rpartition("@")[2]
        found["domain_sent", domain] += 1
        found["domain_accepted", domain] += state == DeliveryState.ACCEPTED
        late += standing in _LEFT and at is not None and at > changed_at + AFTERWARDS
    _add(campaign_id, found)
    _note_late(campaign_id, late)
    new = insert_of(ChunkReading).values(
        [{"campaign_id": campaign_id, "number": number, "rejected": 0, "is_counted": True} for number in numbers]
    )
    db.session.execute(new.on_conflict_do_update(index_elements=["campaign_id", "number"], set_={"is_counted": True}))


def _add(campaign_id: int, found: Counter[tuple[str, str]]) -> None:
    if not found:
        return
    values = [
        {"campaign_id": campaign_id, "figure": figure, "part": domain[:255], "value": number}
        for (figure, domain), number in sorted(found.items())
    ]
    for place in range(0, len(values), 200):
        new = insert_of(CampaignCounter).values(values[place : place + 200])
        more = {"value": CampaignCounter.value + new.excluded.value}
        db.session.execute(new.on_conflict_do_update(index_elements=["campaign_id", "figure", "part"], set_=more))


def _note_late(campaign_id: int, late: int) -> None:
    if late:
        scoring.make_stale(campaign_id)
        mine = sa.update(CampaignResult).where(CampaignResult.campaign_id == campaign_id)
        db.session.execute(mine.values(late=CampaignResult.late + late))
