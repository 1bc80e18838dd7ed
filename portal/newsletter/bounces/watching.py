"""Whether a campaign may go on by what comes back from it: too many bounces or complaints pause it (newsletter.md 2.3).

What the mail server itself says at once is watched by the sender; this watches what arrives later.
"""

import sqlalchemy as sa

from portal.audit.service import SYSTEM
from portal.foundation import database
from portal.foundation.database import db, table_of
from portal.newsletter.bounces import scoring
from portal.newsletter.errors import CampaignMoved
from portal.newsletter.models import (
    Campaign,
    CampaignResult,
    CampaignState,
    DeliveryChunk,
    DeliveryEvent,
    EventKind,
)
from portal.newsletter.service import campaigns

ENOUGH = 1000  # accepted mails before a share says anything
BOUNCES = 0.05
COMPLAINTS = 0.003
COMPLAINTS_WARN = 0.001
WATCHED = (CampaignState.SENDING, CampaignState.FINISHING)

_chunk = table_of(DeliveryChunk)


def reason(accepted: int, bounced: int, complained: int) -> str:
    """Why a campaign with these numbers should stop; empty when it should not."""
    if accepted < ENOUGH:
        return ""
    if complained >= COMPLAINTS * accepted:
        return "complaint_rate"
    return "bounce_rate" if bounced > BOUNCES * accepted else ""


def pause_bad() -> list[int]:
    """Pause the campaigns of which too much comes back; returns their ids.

    Whoever resumes one has seen the reason: it is paused again only when twice as much has gone wrong.
    """
    with database.transaction():
        on_their_way = list(db.session.scalars(sa.select(Campaign.id).where(Campaign.state.in_(WATCHED))))
    paused = []
    for campaign_id in on_their_way:
        try:
            with database.transaction():
                if _pause(campaign_id):
                    paused.append(campaign_id)
        except CampaignMoved:
            continue
    return paused


def _pause(campaign_id: int) -> bool:
    accepted = sa.select(sa.func.coalesce(sa.func.sum(_chunk.c.accepted), 0)).where(_chunk.c.campaign_id == campaign_id)
    counts = _counts(campaign_id)
    bounced, complained = counts.get(EventKind.HARD, 0) + counts.get(EventKind.SOFT, 0), counts.get("complaint", 0)
    why, known = reason(int(db.session.scalar(accepted) or 0), bounced, complained), _result(campaign_id)
    if not why or bounced + complained < known.pause_from:
        return False
    campaign = db.session.get(Campaign, campaign_id, populate_existing=True)
    if campaign is None:
        return False
    known.pause_from = 2 * (bounced + complained)
    campaigns.pause(campaign, SYSTEM, why)
    return True


def _counts(campaign_id: int) -> dict[str, int]:
    kinds = (EventKind.HARD, EventKind.SOFT, EventKind.COMPLAINT)
    mine = sa.and_(DeliveryEvent.campaign_id == campaign_id, DeliveryEvent.kind.in_(kinds))
    rows = sa.select(DeliveryEvent.kind, sa.func.count()).where(mine).group_by(DeliveryEvent.kind)
    return {kind.value: number for kind, number in db.session.execute(rows)}


def _result(campaign_id: int) -> CampaignResult:
    found = db.session.get(CampaignResult, campaign_id)
    if found is None:
        scoring.make_stale(campaign_id)
        found = db.session.get_one(CampaignResult, campaign_id)
    return found
