"""What to expect of a campaign before it leaves: how many get it, why others don't, and when it is over."""

from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from portal.foundation.database import db
from portal.foundation.text import _
from portal.newsletter.models import Campaign, CampaignState
from portal.newsletter.queries import segments as queries
from portal.newsletter.rules import exclusions
from portal.newsletter.service import recipients, segments


@dataclass(frozen=True)
class Outlook:
    """Of `candidates`, `queued` get it; the others are left out for the reasons told."""

    queued: int
    left_out: dict[str, int] = field(default_factory=dict)
    trouble: str = ""  # why nobody can be found
    takes: timedelta | None = None  # None where nothing tells

    @property
    def candidates(self) -> int:
        """Everybody it is meant for."""
        return self.queued + sum(self.left_out.values())

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why somebody is left out, in words, with how many."""
        return [(exclusions.in_words(reason), number) for reason, number in sorted(self.left_out.items())]


def of(campaign: Campaign) -> Outlook:
    """What would happen if a campaign left now."""
    if trouble := _trouble(campaign):
        return Outlook(0, trouble=trouble)
    reason = recipients.reason(campaign).label("reason")
    query = sa.select(reason, sa.func.count()).where(recipients.wanted(campaign)).group_by(reason)
    found = dict(db.session.execute(query).tuples().all())
    queued = found.pop("", 0)
    return Outlook(queued, found, takes=_takes(campaign, queued))


def _trouble(campaign: Campaign) -> str:
    """Why whom it goes to can't be told; empty when it can."""
    wanted = [campaign.segment_id] if campaign.segment_id is not None else []
    for segment_id in (*wanted, *campaign.excluded_segment_ids):
        segment = queries.by_id(segment_id)
        if segment is None:
            return _("A segment was deleted. Choose another one.")
        if words := segments.trouble(segment):
            return f"{segment.name}: {words}"
    if campaign.audience.retired_at is not None:
        return _("The audience is retired. Choose another one.")
    return ""


def _takes(campaign: Campaign, queued: int) -> timedelta | None:
    """How long it takes at the pace that was set, else at that of the last campaign."""
    if campaign.per_hour:
        return timedelta(hours=queued / campaign.per_hour)
    last = db.session.scalars(
        sa.select(Campaign)
        .where(Campaign.state == CampaignState.FINISHED, Campaign.per_hour.is_(None), Campaign.queued > 0)
        .order_by(Campaign.id.desc())
        .limit(1)
    ).first()
    if last is None or last.started_at is None or last.ended_at is None:
        return None
    return (last.ended_at - last.started_at) * (queued / last.queued)
