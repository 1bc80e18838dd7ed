"""Counted links: of campaigns that count clicks, for people who let theirs be counted; others get plain ones."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from portal.config import settings
from portal.foundation import signing
from portal.foundation.database import db
from portal.newsletter.models import Campaign, CampaignLink
from portal.newsletter.rules import links as rules

CLICK = "counted link"  # purpose of the word in its address


@dataclass(frozen=True)
class Target:
    """One link: the name of its merge field, where it leads, and what makes the word of a recipient."""

    name: str
    url: str
    word: Callable[[int], str]


class Links:
    """The links of a campaign, to be filled in for each recipient."""

    def __init__(self, targets: list[Target]) -> None:
        self._base = settings().base_url.rstrip("/")
        self._targets = targets
        self._plain = {one.name: one.url for one in targets}
        self.names = frozenset(self._plain)

    def of(self, recipient_id: int, *, counted: bool) -> dict[str, str]:
        """What stands in the mail of one recipient."""
        if not counted or not recipient_id:
            return self._plain
        return {one.name: f"{self._base}/c/{one.word(recipient_id)}" for one in self._targets}


def tracked(campaign: Campaign, html: str, text: str) -> tuple[str, str, Links | None]:
    """HTML and text of a campaign with fields in the place of its links; as they are, where it counts no clicks.

    The links are those that were written down when the campaign was frozen: before that nothing is counted.
    """
    query = sa.select(CampaignLink).where(CampaignLink.campaign_id == campaign.id).order_by(CampaignLink.position)
    rows = list(db.session.scalars(query)) if campaign.tracks_clicks else []
    if not rows:
        return html, text, None
    positions = {row.url: row.position for row in rows if row.position}
    targets = [Target(rules.name_of(row.position), row.url, signing.signer(CLICK, row.id)) for row in rows]
    return rules.with_fields(html, positions), rules.with_fields_in_text(text, positions), Links(targets)
