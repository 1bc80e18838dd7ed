"""What came of campaigns and how audiences change, read from the sums that the worker folds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from portal.foundation.clock import now
from portal.foundation.database import db, table_of
from portal.foundation.pages import local_day
from portal.newsletter.models import (
    AudienceDay,
    Campaign,
    CampaignCounter,
    CampaignLink,
    CampaignResult,
    DeliveryChunk,
)
from portal.newsletter.rules.campaigns import COUNTED

DOMAINS = 8  # told apart; the others are one
HOURS = 48  # of a chart of clicks
WEEKS = 12
NEWEST = 12  # campaigns of an audience
DAY_IN_WEEK = 7

_chunk = table_of(DeliveryChunk)


@dataclass(frozen=True)
class Sums:
    """What came of one campaign: how its mails were handed over, and what happened to them then."""

    campaign: Campaign
    settled: dict[str, int]
    result: CampaignResult

    @property
    def accepted(self) -> int:
        return self.settled["accepted"]

    @property
    def bounced(self) -> int:
        """Mails that came back, or were refused while they were handed over."""
        return self.result.hard + self.result.soft + self.result.policy

    @property
    def came_back(self) -> int:
        """Of those that the mail server had accepted."""
        return max(self.bounced - self.settled["rejected"], 0)

    @property
    def delivered(self) -> int:
        return max(self.accepted - self.came_back, 0)

    @property
    def sent(self) -> int:
        """Mails that were handed over, whatever the answer was."""
        return sum(self.settled[name] for name in ("accepted", "rejected", "unknown", "failed"))

    @property
    def waiting(self) -> int:
        return self.campaign.queued - sum(self.settled.values())

    @property
    def balances(self) -> bool:
        """Whether everybody who agreed is somewhere: left out for a reason, or in the ledger with a result to come."""
        left_out = sum(self.campaign.excluded.values())
        return self.waiting >= 0 and self.campaign.candidates == left_out + self.campaign.queued


@dataclass(frozen=True)
class LinkSums:
    """Who followed one link."""

    url: str
    label: str
    people: int
    clicks: int
    scans: int


@dataclass(frozen=True)
class DomainSums:
    """How a campaign fared at one mail domain; an empty name stands for all the others."""

    name: str
    sent: int
    accepted: int
    bounced: int
    complained: int
    clicked: int


@dataclass(frozen=True)
class Week:
    """How an audience changed in seven days."""

    first: date
    joined: int
    left: int


def of_campaign(campaign: Campaign) -> Sums:
    """The sums of one campaign."""
    return of_campaigns([campaign])[0]


def of_campaigns(campaigns: Sequence[Campaign]) -> list[Sums]:
    """The sums of several, in three statements."""
    ids = [campaign.id for campaign in campaigns]
    columns = [sa.func.coalesce(sa.func.sum(_chunk.c[name]), 0).label(name) for name in COUNTED.values()]
    counted = sa.select(_chunk.c.campaign_id, *columns).where(_chunk.c.campaign_id.in_(ids))
    rows = db.session.execute(counted.group_by(_chunk.c.campaign_id)).mappings()
    settled = {row["campaign_id"]: {name: int(row[name]) for name in COUNTED.values()} for row in rows}
    known = sa.select(CampaignResult).where(CampaignResult.campaign_id.in_(ids))
    results = {row.campaign_id: row for row in db.session.scalars(known)}
    nothing = dict.fromkeys(COUNTED.values(), 0)
    return [
        Sums(campaign, settled.get(campaign.id, nothing), results.get(campaign.id) or _no_result(campaign.id))
        for campaign in campaigns
    ]


def newest_of(audience_id: int, most: int = NEWEST) -> list[Sums]:
    """The sums of the campaigns that an audience got last, newest first."""
    sent = sa.select(Campaign).where(
        Campaign.audience_id == audience_id, Campaign.started_at.is_not(None), Campaign.queued > 0
    )
    return of_campaigns(db.session.scalars(sent.order_by(Campaign.started_at.desc()).limit(most)).all())


def links_of(campaign_id: int) -> list[LinkSums]:
    """The links of a campaign that people see, the most followed first."""
    parts = _parts(campaign_id, "link_people", "link_clicks", "link_scans")
    rows = sa.select(CampaignLink).where(CampaignLink.campaign_id == campaign_id, CampaignLink.position > 0)
    found = [
        LinkSums(row.url, row.label, *(parts[figure].get(str(row.id), 0) for figure in parts))
        for row in db.session.scalars(rows.order_by(CampaignLink.position))
    ]
    return sorted(found, key=lambda one: one.people, reverse=True)


def hours_of(campaign: Campaign, hours: int = HOURS) -> list[tuple[datetime, int, int]]:
    """For each hour after a campaign began: its first moment, people who clicked first then, and programs' visits."""
    if campaign.started_at is None:
        return []
    first = int(campaign.started_at.timestamp() // 3600)
    parts = _parts(campaign.id, "clicks_by_hour", "scans_by_hour")
    people, scans = parts["clicks_by_hour"], parts["scans_by_hour"]
    return [
        (datetime.fromtimestamp(hour * 3600, UTC), people.get(str(hour), 0), scans.get(str(hour), 0))
        for hour in range(first, first + hours)
    ]


def domains_of(campaign_id: int, most: int = DOMAINS) -> list[DomainSums]:
    """How a campaign fared by mail domain, the largest first and the rest together; counted when it is over."""
    names = ("domain_sent", "domain_accepted", "domain_bounced", "domain_complained", "domain_clicked")
    parts = _parts(campaign_id, *names)
    largest = sorted(parts["domain_sent"], key=lambda name: (-parts["domain_sent"][name], name))
    rows = [DomainSums(name, *(parts[figure].get(name, 0) for figure in names)) for name in largest[:most]]
    others = largest[most:]
    if others:
        rows.append(DomainSums("", *(sum(parts[figure].get(name, 0) for name in others) for figure in names)))
    return rows


def weeks_of(audience_id: int) -> list[Week]:
    """How an audience changed in the last twelve weeks, oldest first; the day that it is does not count yet."""
    end = local_day(now())
    first = end - timedelta(days=WEEKS * DAY_IN_WEEK)
    known = sa.select(AudienceDay).where(AudienceDay.audience_id == audience_id, AudienceDay.day >= first)
    days = {row.day: row for row in db.session.scalars(known)}
    weeks = []
    for number in range(WEEKS):
        begin = first + timedelta(days=number * DAY_IN_WEEK)
        rows = [days[day] for day in (begin + timedelta(days=n) for n in range(DAY_IN_WEEK)) if day in days]
        weeks.append(Week(begin, sum(row.joined for row in rows), sum(row.left for row in rows)))
    return weeks


def _parts(campaign_id: int, *figures: str) -> dict[str, dict[str, int]]:
    rows = sa.select(CampaignCounter.figure, CampaignCounter.part, CampaignCounter.value).where(
        CampaignCounter.campaign_id == campaign_id, CampaignCounter.figure.in_(figures)
    )
    found: dict[str, dict[str, int]] = {figure: {} for figure in figures}
    for figure, part, value in db.session.execute(rows):
        found[figure][part] = value
    return found


def _no_result(campaign_id: int) -> CampaignResult:
    """Of a campaign about which nothing came back yet."""
    names = ("hard", "soft", "policy", "complaints", "unsubscribes", "late", "clickers", "clicks", "scans")
    return CampaignResult(campaign_id=campaign_id, is_stale=False, is_counted=False, **dict.fromkeys(names, 0))
