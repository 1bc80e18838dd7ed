"""Who gets a campaign, written down once before the first mail leaves; the sums are checked or nothing is sent."""

from datetime import datetime

import sqlalchemy as sa

from portal.config import settings
from portal.foundation.clock import now
from portal.foundation.database import db, table_of
from portal.newsletter.models import Campaign, ChunkState, Delivery, DeliveryChunk, DeliveryState, Subscription
from portal.newsletter.rules.campaigns import Move, usual_end
from portal.newsletter.service import campaigns, clicking, recipients

CHUNK = 500  # recipients of one lease
SHORTEST = 5.0  # seconds that a chunk of a slow campaign lasts, so that a pause is soon over

_delivery, _chunk = table_of(Delivery), table_of(DeliveryChunk)


class SumsDiffer(Exception):
    """Not everybody of the audience is in the ledger or left out for a reason: nothing may be sent."""


def freeze(campaign: Campaign) -> None:
    """Write down every recipient in one statement, then the chunks, and let senders begin.

    Raises:
        SumsDiffer: the sums do not balance; the caller's transaction is rolled back.
    """
    wanted = recipients.wanted(campaign)
    reason = recipients.reason(campaign)
    candidates = _count(sa.select(Subscription.id).where(wanted))
    told = reason.label("reason")
    left_out = dict(
        db.session.execute(sa.select(told, sa.func.count()).where(wanted, reason != "").group_by(told)).tuples().all()
    )
    _write_recipients(campaign, recipients.gets_it(campaign))
    _write_chunks(campaign)
    queued = _queued(campaign)
    if candidates != queued + sum(left_out.values()):
        raise SumsDiffer(f"Campaign {campaign.id}: {candidates} candidates, {queued} queued, {left_out} left out.")
    clicking.write_links(campaign)
    sums = {"candidates": candidates, "queued": queued, "excluded": left_out}
    campaigns.moved(campaign.id, Move.FROZEN, stop_trying_at=_end(campaign, queued), **sums)


def _end(campaign: Campaign, queued: int) -> datetime | None:
    """Until when mails are tried; where domains have limits, nobody can tell how long all of them take."""
    if campaign.stop_trying_at is not None or settings().domain_limits:
        return campaign.stop_trying_at
    return usual_end(now(), queued, campaign.per_hour)


def _count(query: sa.Select[tuple[int]]) -> int:
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0)


def _write_recipients(campaign: Campaign, condition: sa.ColumnElement[bool]) -> None:
    size = chunk_size(campaign.per_hour)
    place = sa.func.row_number().over(order_by=Subscription.id) - 1
    chosen = sa.select(
        sa.literal(campaign.id),
        Subscription.id,
        place.op("/", precedence=8)(sa.literal(size)),  # whole numbers: both databases drop the rest
        sa.literal(int(DeliveryState.QUEUED)),
        sa.literal(0),
        sa.literal(0),
    ).where(condition)
    columns = ["campaign_id", "subscription_id", "chunk", "state", "attempt", "epoch"]
    db.session.execute(sa.insert(_delivery).from_select(columns, chosen, include_defaults=False))


def _queued(campaign: Campaign) -> int:
    """How many are in the ledger, by its chunks."""
    total = sa.select(sa.func.coalesce(sa.func.sum(_chunk.c.size), 0)).where(_chunk.c.campaign_id == campaign.id)
    return int(db.session.execute(total).scalar_one())


def _write_chunks(campaign: Campaign) -> None:
    moment = sa.literal(now(), _chunk.c.due_at.type)
    zero = sa.literal(0)
    grouped = (
        sa.select(
            _delivery.c.campaign_id,
            _delivery.c.chunk,
            sa.func.min(_delivery.c.subscription_id),
            sa.func.max(_delivery.c.subscription_id),
            sa.func.count(),
            sa.literal(int(ChunkState.OPEN)),
            moment,
            sa.literal(""),
            *([zero] * 7),
        )
        .where(_delivery.c.campaign_id == campaign.id)
        .group_by(_delivery.c.campaign_id, _delivery.c.chunk)
    )
    counts = ["epoch", "accepted", "rejected", "skipped", "unknown", "failed", "cancelled"]
    columns = ["campaign_id", "number", "first_id", "last_id", "size", "state", "due_at", "worker", *counts]
    db.session.execute(sa.insert(_chunk).from_select(columns, grouped, include_defaults=False))


def chunk_size(per_hour: int | None) -> int:
    """Recipients of one lease: fewer where a campaign goes slowly."""
    if not per_hour:
        return CHUNK
    return max(1, min(CHUNK, round(per_hour * SHORTEST / 3600)))
