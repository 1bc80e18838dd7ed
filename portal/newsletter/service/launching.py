"""A campaign leaves: at once or at a moment, if nothing on the check list stands in the way."""

from datetime import datetime

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.config import settings
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.errors import Conflict
from portal.foundation.text import _
from portal.newsletter.errors import CampaignMoved, EndsTooSoon, NotReady
from portal.newsletter.models import Campaign, CampaignState
from portal.newsletter.rules import CAMPAIGN_WORDS
from portal.newsletter.rules.campaigns import Move
from portal.newsletter.service import campaigns, checking, domains, drafting, wording

UNDER_WAY = (CampaignState.SENDING, CampaignState.FINISHING, CampaignState.PAUSING, CampaignState.PAUSED)


def launch(campaign_id: int, *, version: int, by: Actor, until: datetime | None = None) -> Campaign:
    """Have a campaign go out now, as it was seen; its mails are tried `until` then, or as long as is usual.

    Raises:
        NotFound: it is gone.
        ChangedMeanwhile: somebody changed it since.
        NotReady: something on the check list stands in the way.
        EndsTooSoon: the end is over.
        CampaignMoved: it is on its way already, or over.
    """
    _check_end(until, now())
    campaign = _ready(campaign_id, version)
    campaign.stop_trying_at = until
    campaigns.launch(campaign, by)
    return campaign


def schedule(
    campaign_id: int, at: datetime, zone: str, *, version: int, by: Actor, until: datetime | None = None
) -> Campaign:
    """Have a campaign go out at a moment that was told in a time zone, and its mails tried `until` another one.

    Raises:
        NotFound: it is gone.
        ChangedMeanwhile: somebody changed it since.
        NotReady: something on the check list stands in the way, or the moment is over.
        EndsTooSoon: the end comes before it begins.
        CampaignMoved: it is on its way already, or over.
    """
    if at <= now():
        raise NotReady(_("This moment is over. Choose a later one, or send it now."))
    _check_end(until, at)
    campaign = _ready(campaign_id, version)
    ends = {"stop_trying_at": until}
    campaigns.move(campaign, Move.SCHEDULE, by, send_at=at, time_zone=zone, pause_reason="", **ends)
    return campaign


def end_at(campaign: Campaign, until: datetime, zone: str, *, by: Actor) -> None:
    """Have the mails of a campaign that is on its way tried until another moment; `campaign` is locked.

    Raises:
        EndsTooSoon: the moment is over.
        CampaignMoved: it has not begun, or is over.
    """
    _check_end(until, now())
    if campaign.state not in UNDER_WAY:
        raise CampaignMoved(_("The campaign is %(state)s by now.", state=CAMPAIGN_WORDS[campaign.state]))
    before, campaign.stop_trying_at = campaign.stop_trying_at, until
    campaign.time_zone = zone
    campaign.version += 1
    subject = Subject("campaign", campaign.id, campaign.name)
    audit.record("newsletter.campaign_end", subject, by=by, changes={"stop_trying_at": (before, until)})


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


def _check_end(until: datetime | None, begin: datetime) -> None:
    if until is not None and until <= begin:
        raise EndsTooSoon(_("Its mails would not be tried at all. Choose a later end, or none."))


def _ready(campaign_id: int, version: int) -> Campaign:
    campaign = drafting.at_version(campaign_id, version)
    in_the_way = checking.blocking(checking.of_all(campaign))
    if in_the_way:
        raise NotReady(_("This has to be mended first: %(what)s.", what=in_the_way[0].words))
    return campaign
