"""Links of campaigns: written down when it is frozen, followed by people and programs, and nowhere else to go."""

from datetime import datetime

import sqlalchemy as sa

from portal.config import settings
from portal.foundation import signing
from portal.foundation.clock import now
from portal.foundation.database import db, insert_of
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.newsletter.models import Campaign, CampaignLink, DeliveryEvent, EventKind, Subscription
from portal.newsletter.rules import clicks
from portal.newsletter.rules.links import found_in
from portal.newsletter.sending.links import CLICK


def write_links(campaign: Campaign) -> None:
    """Write down the links of a campaign that counts clicks, the hidden one first."""
    if not campaign.tracks_clicks or campaign.content is None:
        return
    db.session.add(CampaignLink(campaign_id=campaign.id, position=0, url=settings().base_url))
    for position, link in enumerate(found_in(campaign.content.html), start=1):
        db.session.add(CampaignLink(campaign_id=campaign.id, position=position, url=link.url, label=link.label))
    db.session.flush()


def behind(token: str) -> tuple[CampaignLink, int]:
    """The link of a counted address, and whose it is: the id of a subscription.

    Raises:
        NotFound: it was not made here, or its campaign is gone.
    """
    link_id, subscription_id = signing.read(CLICK, token, 2)
    link = db.session.get(CampaignLink, link_id)
    if link is None:
        raise NotFound(_("This link doesn’t lead anywhere any more."))
    return link, subscription_id


def is_due(link: CampaignLink, subscription_id: int) -> bool:
    """Whether to note that a link was fetched: its reader lets clicks be counted, and it was not noted this hour."""
    noted = sa.exists().where(
        DeliveryEvent.campaign_id == link.campaign_id,
        DeliveryEvent.kind == EventKind.TOUCH,
        DeliveryEvent.subscription_id == subscription_id,
        DeliveryEvent.link_id == link.id,
        DeliveryEvent.slot == _hour(now()),
    )
    counts = sa.select(Subscription.id).where(Subscription.id == subscription_id, Subscription.counts_clicks)
    return db.session.scalar(counts.where(~noted)) is not None


def touch(link: CampaignLink, subscription_id: int, *, browser: str, is_head: bool) -> None:
    """Note that a link was fetched, once an hour; nothing of somebody who lets no clicks be counted any more.

    Args:
        link: which.
        subscription_id: out of whose mail.
        browser: what the program calls itself; only whether that is a known name is kept.
        is_head: it asked what is there and did not want it.
    """
    counts = sa.select(Subscription.counts_clicks).where(Subscription.id == subscription_id)
    if not db.session.scalar(counts):
        return
    moment = now()
    new = insert_of(DeliveryEvent).values(
        campaign_id=link.campaign_id,
        subscription_id=subscription_id,
        kind=EventKind.TOUCH,
        link_id=link.id,
        slot=_hour(moment),
        at=moment,
        detail="HEAD" if is_head else clicks.named(browser),
    )
    once = ["campaign_id", "kind", "subscription_id", "link_id", "slot"]
    db.session.execute(new.on_conflict_do_nothing(index_elements=once))


def _hour(moment: datetime) -> int:
    return int(moment.timestamp() // 3600)
