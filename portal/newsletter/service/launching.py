"""A campaign leaves: at once or at a moment, if nothing on the check list stands in the way."""

from datetime import datetime

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.config import settings
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.errors import Conflict
from portal.foundation.text import _
from portal.newsletter.errors import NotReady
from portal.newsletter.models import Campaign
from portal.newsletter.rules.campaigns import Move
from portal.newsletter.service import campaigns, checking, domains, drafting, wording


def launch(campaign_id: int, *, version: int, by: Actor) -> Campaign:
    """Have a campaign go out now, as it was seen.

    Raises:
        NotFound: it is gone.
        ChangedMeanwhile: somebody changed it since.
        NotReady: something on the check list stands in the way.
        CampaignMoved: it is on its way already, or over.
    """
    campaign = _ready(campaign_id, version)
    campaigns.launch(campaign, by)
    return campaign


def schedule(campaign_id: int, at: datetime, zone: str, *, version: int, by: Actor) -> Campaign:
    """Have a campaign go out at a moment that was told in a time zone.

    Raises:
        NotFound: it is gone.
        ChangedMeanwhile: somebody changed it since.
        NotReady: something on the check list stands in the way, or the moment is over.
        CampaignMoved: it is on its way already, or over.
    """
    if at <= now():
        raise NotReady(_("This moment is over. Choose a later one, or send it now."))
    campaign = _ready(campaign_id, version)
    campaigns.move(campaign, Move.SCHEDULE, by, send_at=at, time_zone=zone, pause_reason="")
    return campaign


def go_unproven(campaign_id: int, reason: str, *, version: int, by: Actor) -> None:
    """Let a campaign leave although nobody vouches for its sender's domain; with no reason, take that back.

    Raises:
        NotFound: it is gone.
        ChangedMeanwhile: somebody changed it since.
    """
    campaign = drafting.at_version(campaign_id, version)
    before, campaign.domain_reason = campaign.domain_reason, reason
    campaign.version += 1
    changes = {"domain_reason": (before, reason)}
    audit.record(
        "newsletter.campaign_unproven", Subject("campaign", campaign.id, campaign.name), by=by, changes=changes
    )


def look_up_domain(campaign: Campaign) -> None:
    """Ask the DNS about the domain that a campaign comes from, some seconds during which the database is let go.

    Raises:
        Conflict: it says nothing yet.
    """
    if campaign.content is None:
        raise Conflict(_("There is no message yet."))
    address = wording.sender_of(campaign.content)[1]
    database.release()
    domains.keep(address, domains.asked(address, settings().dkim_selector))


def _ready(campaign_id: int, version: int) -> Campaign:
    campaign = drafting.at_version(campaign_id, version)
    in_the_way = checking.blocking(checking.of_all(campaign))
    if in_the_way:
        raise NotReady(_("This has to be mended first: %(what)s.", what=in_the_way[0].words))
    return campaign
