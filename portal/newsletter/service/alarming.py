"""The mail to whoever may send campaigns, when one of them stands still until a person says how it goes on."""

from collections.abc import Sequence

from portal.foundation.database import db
from portal.foundation.text import _
from portal.mail import service
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter
from portal.newsletter.models import Campaign, CampaignState
from portal.newsletter.rules import moments
from portal.newsletter.rules.pauses import PAUSE_WORDS
from portal.staff import queries as staff
from portal.staff.rules import Permission

STOOD = (CampaignState.MISSED, CampaignState.PAUSED)
MOST_WRONG = 10  # lines of a check list that a mail names


def stopped(campaign: Campaign, wrong: Sequence[str] = ()) -> None:
    """Tell everybody who may send campaigns that one of them did not go, or stopped by itself, and what was `wrong`."""
    for member in staff.who_may(Permission.CAMPAIGN_SEND):
        service.post(
            "newsletter.stopped", member.email, campaign=campaign.id, member=member.id, wrong=list(wrong)[:MOST_WRONG]
        )


@service.renders("newsletter.stopped")
def _stopped(message: OutboxMessage) -> Letter | None:
    """Nothing where somebody has dealt with it already."""
    campaign = db.session.get(Campaign, message.context["campaign"])
    member = staff.by_id(message.context["member"])
    if campaign is None or campaign.state not in STOOD or member is None or member.dismissed_at is not None:
        return None
    is_paused = campaign.state is CampaignState.PAUSED
    title = _("Campaign “%(name)s” stopped by itself") if is_paused else _("Campaign “%(name)s” was not sent")
    context = {
        "name": member.name,
        "title": title % {"name": campaign.name},
        "is_paused": is_paused,
        "moment": moments.shown(campaign.send_at, campaign.time_zone) if campaign.send_at is not None else "",
        "why": str(PAUSE_WORDS.get(campaign.pause_reason, campaign.pause_reason)),
        "wrong": message.context["wrong"] or campaign.pause_said.splitlines(),
        "link": service.link(f"/staff/campaigns/{campaign.id}/progress"),
    }
    return Letter("newsletter/stopped", context, to=member.email)
