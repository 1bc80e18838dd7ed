"""The events of a campaign in a few sums, made anew from all of them whenever there are new ones.

To make them anew costs one read of some ten thousand rows and can't drift; so it happens at most every quarter of a
minute for each campaign.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.newsletter.models import CampaignCounter, CampaignResult, DeliveryEvent, EventKind, Subscription

EVERY = timedelta(seconds=15)
BLOCK = 5000
FOLDED = (
    *("clicks_by_hour", "scans_by_hour", "link_people", "link_clicks", "link_scans"),
    *("domain_bounced", "domain_complained", "domain_clicked"),
)
_BOUNCES = (EventKind.HARD, EventKind.SOFT)
_BY_KIND = {
    EventKind.HARD: "hard",
    EventKind.SOFT: "soft",
    EventKind.POLICY: "policy",
    EventKind.COMPLAINT: "complaints",
    EventKind.UNSUBSCRIBE: "unsubscribes",
    EventKind.CLICK: "clicks",
    EventKind.SCAN: "scans",
}


def hour_of(at: datetime) -> int:
    """The hour since 1970."""
    return int(at.timestamp() // 3600)


@dataclass
class Sums:
    """What is added up while the events go by, oldest first."""

    totals: Counter[str] = field(default_factory=Counter)
    parts: Counter[tuple[str, str]] = field(default_factory=Counter)
    people: set[int] = field(default_factory=set)
    people_of_link: set[tuple[int, int]] = field(default_factory=set)

    def add(self, kind: EventKind, subscription_id: int, link_id: int, at: datetime, domain: str) -> None:
        """One event."""
        if kind not in _BY_KIND:
            return
        self.totals[_BY_KIND[kind]] += 1
        if kind in _BOUNCES:
            self.parts["domain_bounced", domain] += 1
        elif kind is EventKind.COMPLAINT:
            self.parts["domain_complained", domain] += 1
        elif kind is EventKind.SCAN:
            self.parts["scans_by_hour", str(hour_of(at))] += 1
            self.parts["link_scans", str(link_id)] += 1
        elif kind is EventKind.CLICK:
            self._click(subscription_id, link_id, at, domain)

    def _click(self, subscription_id: int, link_id: int, at: datetime, domain: str) -> None:
        self.parts["link_clicks", str(link_id)] += 1
        if (link_id, subscription_id) not in self.people_of_link:
            self.people_of_link.add((link_id, subscription_id))
            self.parts["link_people", str(link_id)] += 1
        if subscription_id not in self.people:
            self.people.add(subscription_id)
            self.parts["clicks_by_hour", str(hour_of(at))] += 1
            self.parts["domain_clicked", domain] += 1


def fold_stale() -> int:
    """Fold the campaigns that have new events and were not folded just now; returns how many."""
    with database.transaction():
        late = sa.or_(CampaignResult.folded_at.is_(None), CampaignResult.folded_at <= now() - EVERY)
        stale = list(db.session.scalars(sa.select(CampaignResult.campaign_id).where(CampaignResult.is_stale, late)))
    for campaign_id in stale:
        with database.transaction():
            fold(campaign_id)
    return len(stale)


def fold(campaign_id: int) -> None:
    """Make the sums of a campaign anew."""
    # Marked first: an event that comes meanwhile marks it again, and on PostgreSQL waits for this to end.
    mine = CampaignResult.campaign_id == campaign_id
    db.session.execute(sa.update(CampaignResult).where(mine).values(is_stale=False, folded_at=now()))
    sums = _summed(campaign_id)
    totals = {name: sums.totals[name] for name in _BY_KIND.values()}
    db.session.execute(sa.update(CampaignResult).where(mine).values(**totals, clickers=len(sums.people)))
    old = sa.delete(CampaignCounter).where(
        CampaignCounter.campaign_id == campaign_id, CampaignCounter.figure.in_(FOLDED)
    )
    db.session.execute(old)
    values = [
        {"campaign_id": campaign_id, "figure": figure, "part": part[:255], "value": value}
        for (figure, part), value in sums.parts.items()
    ]
    if values:
        db.session.execute(sa.insert(CampaignCounter), values)


def _summed(campaign_id: int) -> Sums:
    rows = (
        sa.select(
            DeliveryEvent.kind,
            DeliveryEvent.subscription_id,
            DeliveryEvent.link_id,
            DeliveryEvent.at,
            Subscription.email_key,
        )
        .outerjoin(Subscription, Subscription.id == DeliveryEvent.subscription_id)
        .where(DeliveryEvent.campaign_id == campaign_id)
        .order_by(DeliveryEvent.at, DeliveryEvent.id)
        .execution_options(yield_per=BLOCK)
    )
    sums = Sums()
    for kind, subscription_id, link_id, at, email_key in db.session.execute(rows):
        sums.add(kind, subscription_id, link_id, at, (email_key or "erased").rpartition("@")[2])
    return sums
