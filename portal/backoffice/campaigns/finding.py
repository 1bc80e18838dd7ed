"""A campaign for its pages: found, told in words, and the tabs between its pages."""

from datetime import timedelta

from flask import Response

from portal.foundation.errors import NotFound
from portal.foundation.headers import FRAMING_POLICY
from portal.foundation.text import _, lazy, plural
from portal.newsletter.models import Campaign, CampaignState
from portal.newsletter.queries import campaigns as queries
from portal.newsletter.rules.pauses import PAUSE_WORDS
from portal.staff.guards import may
from portal.staff.rules import Permission

PATH = "/staff/campaigns"
ONE = "/<int:number>"

_S = CampaignState
# Kind and words of the pill.
STATES = {
    _S.DRAFT: ("off", lazy("Draft")),
    _S.SCHEDULED: ("info", lazy("Scheduled")),
    _S.MISSED: ("bad", lazy("Missed its moment")),
    _S.PREPARING: ("info", lazy("Preparing")),
    _S.SENDING: ("info", lazy("Sending")),
    _S.FINISHING: ("info", lazy("Nearly finished")),
    _S.FINISHED: ("ok", lazy("Sent")),
    _S.PAUSING: ("wait", lazy("Pausing")),
    _S.PAUSED: ("wait", lazy("Paused")),
    _S.CANCELLING: ("wait", lazy("Cancelling")),
    _S.CANCELLED: ("off", lazy("Cancelled")),
}
MOVING = (_S.PREPARING, _S.SENDING, _S.FINISHING, _S.PAUSING, _S.CANCELLING)
AT_THE_DESK = (_S.DRAFT,)
# Views of the list, by the word in the address.
VIEWS = {
    "draft": (lazy("Drafts"), (_S.DRAFT,)),
    "scheduled": (lazy("Scheduled"), (_S.SCHEDULED, _S.MISSED)),
    "sending": (lazy("Sending"), (*MOVING, _S.PAUSED)),
    "sent": (lazy("Sent"), (_S.FINISHED,)),
    "cancelled": (lazy("Cancelled"), (_S.CANCELLED,)),
}


def found(number: int) -> Campaign:
    """A campaign by its number.

    Raises:
        NotFound: there is none.
    """
    campaign = queries.by_id(number)
    if campaign is None:
        raise NotFound(_("There is no such campaign. Look in the list of campaigns."))
    return campaign


def path_of(campaign: Campaign) -> str:
    """The address of a campaign."""
    return f"{PATH}/{campaign.id}"


def tabs(campaign: Campaign) -> list[tuple[str, str]]:
    """The pages of a campaign: words and address."""
    path = path_of(campaign)
    pages = [(_("Preview"), f"{path}/preview")]
    if campaign.state is _S.DRAFT:
        if may(Permission.CAMPAIGN_EDIT):
            pages = [(_("Write"), path), *pages]
        return [*pages, (_("Review and send"), f"{path}/review")]
    first = _("Schedule") if campaign.state in (_S.SCHEDULED, _S.MISSED) else _("Progress")
    after = [(_("Results"), f"{path}/results")] if campaign.started_at is not None else []
    return [(first, f"{path}/progress"), *after, *pages]


def paused_because(campaign: Campaign) -> str:
    """Why it stopped by itself, empty when somebody stopped it."""
    reason = campaign.pause_reason
    return str(PAUSE_WORDS.get(reason) or reason)


def spoken(takes: timedelta | None) -> str:
    """How long something takes, roughly; empty where nobody knows."""
    if takes is None:
        return ""
    minutes = max(1, round(takes.total_seconds() / 60))
    if minutes < 90:
        return plural("%(num)s minute", "%(num)s minutes", minutes)
    return plural("%(num)s hour", "%(num)s hours", round(minutes / 60))


def framing(page: str, status: int = 200) -> Response:
    """A page that shows one of our own in a frame."""
    response = Response(page, status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = FRAMING_POLICY
    return response
