"""A campaign on its way: how far it is, paused and resumed, cancelled, and who is in doubt."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.backoffice.campaigns import audiences, finding, zones
from portal.backoffice.campaigns.finding import ONE, PATH
from portal.backoffice.campaigns.moment_forms import EndForm
from portal.foundation.clock import now
from portal.foundation.text import _
from portal.newsletter.errors import EndsTooSoon
from portal.newsletter.models import Campaign, CampaignState
from portal.newsletter.queries import campaigns as queries
from portal.newsletter.rules import exclusions, moments
from portal.newsletter.rules.campaigns import OVER
from portal.newsletter.service import campaigns as service
from portal.newsletter.service import checking, drafting, installation, launching, progress, resolving
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

watching = Blueprint("campaign_progress", __name__, url_prefix=PATH)


@watching.get(f"{ONE}/progress")
@staff_required(Permission.CAMPAIGN_VIEW)
def show(number: int) -> ResponseReturnValue:
    campaign = finding.found(number)
    if campaign.state is CampaignState.DRAFT:
        return redirect(f"{finding.path_of(campaign)}/review", 303)
    return render_template("backoffice/campaigns/progress.html", **_told(campaign))


@watching.get(f"{ONE}/progress/now")
@staff_required(Permission.CAMPAIGN_VIEW)
def part(number: int) -> ResponseReturnValue:
    """The part of the page that changes."""
    return render_template("backoffice/campaigns/_progress.html", **_told(finding.found(number)))


@watching.post(f"{ONE}/pause")
@staff_required(Permission.CAMPAIGN_SEND)
def pause(number: int) -> ResponseReturnValue:
    campaign = drafting.found(number)
    service.pause(campaign, acting_member())
    flash(_("Nothing more begins. Mails in hand are still handed over."), "ok")
    return _back(campaign)


@watching.post(f"{ONE}/resume")
@staff_required(Permission.CAMPAIGN_SEND)
def resume(number: int) -> ResponseReturnValue:
    campaign = drafting.found(number)
    service.resume(campaign, acting_member())
    flash(_("It goes on."), "ok")
    return _back(campaign)


@watching.get(f"{ONE}/cancel")
@staff_required(Permission.CAMPAIGN_SEND)
def ask_cancel(number: int) -> ResponseReturnValue:
    campaign = finding.found(number)
    standing = progress.standing(number)
    return render_template(
        "backoffice/campaigns/cancel.html", campaign=campaign, path=finding.path_of(campaign), standing=standing
    )


@watching.post(f"{ONE}/cancel")
@staff_required(Permission.CAMPAIGN_SEND)
def cancel(number: int) -> ResponseReturnValue:
    campaign = drafting.found(number)
    service.cancel(campaign, acting_member())
    flash(_("It is cancelled. What was sent can’t be taken back."), "ok")
    return _back(campaign)


@watching.get(f"{ONE}/until")
@staff_required(Permission.CAMPAIGN_SEND)
def ask_end(number: int) -> ResponseReturnValue:
    campaign = finding.found(number)
    return _back(campaign) if campaign.state in OVER else _end_page(campaign)


@watching.post(f"{ONE}/until")
@staff_required(Permission.CAMPAIGN_SEND)
def set_end(number: int) -> ResponseReturnValue:
    """Until when mails are tried of a campaign that is on its way."""
    form, campaign = EndForm(), drafting.found(number)
    until = form.read_end() if form.validate() else None
    if until is None:
        if not form.words:
            form.refuse("until_day", _("Enter a day, like 2026-12-24"))
        return _end_page(campaign, form), 422
    try:
        launching.end_at(campaign, until, form.text("zone"), by=acting_member())
    except EndsTooSoon as refusal:
        form.refuse("until_day", refusal)
        return _end_page(campaign, form), 422
    flash(_("Its mails are tried until %(moment)s.", moment=moments.shown(until, campaign.time_zone)), "ok")
    return _back(campaign)


@watching.post("/allow")
@staff_required(Permission.CAMPAIGN_SEND)
def allow() -> ResponseReturnValue:
    """Let campaigns be sent from every place that opened this database."""
    for place in installation.refused():
        installation.allow(place, acting_member())
    flash(_("Campaigns may be sent from here."), "ok")
    return redirect(PATH, 303)


@watching.post(f"{ONE}/resolve/<int:subscription>")
@staff_required(Permission.CAMPAIGN_SEND)
def resolve(number: int, subscription: int) -> ResponseReturnValue:
    """Say what is to become of somebody whose mail may have arrived."""
    campaign = drafting.found(number)
    if request.form.get("decision") == "again":
        resolving.send_again(campaign, subscription, by=acting_member())
        flash(_("It goes out once more."), "ok")
    else:
        resolving.count_as_sent(campaign, subscription, by=acting_member())
        flash(_("It counts as sent."), "ok")
    return redirect(f"{finding.path_of(campaign)}/progress#doubt", 303)


def _back(campaign: Campaign) -> ResponseReturnValue:
    return redirect(f"{finding.path_of(campaign)}/progress", 303)


def _end_page(campaign: Campaign, form: EndForm | None = None) -> str:
    return render_template(
        "backoffice/campaigns/until.html",
        campaign=campaign,
        path=finding.path_of(campaign),
        zones=zones.choices(zones.of(campaign)),
        typed=form.typed if form is not None else zones.end_of(campaign),
        errors=form.words if form is not None else {},
    )


def _told(campaign: Campaign) -> dict[str, Any]:
    standing = progress.standing(campaign.id)
    return {
        "campaign": campaign,
        "path": finding.path_of(campaign),
        "tabs": finding.tabs(campaign),
        "state": finding.STATES[campaign.state],
        "moves": campaign.state in finding.MOVING or campaign.state is CampaignState.SCHEDULED,
        "standing": standing,
        "parts": _parts(standing),
        "left_out": [(exclusions.in_words(reason), n) for reason, n in sorted(campaign.excluded.items())],
        "in_doubt": queries.in_doubt(campaign.id) if standing.unknown else [],
        "to": audiences.in_words(campaign),
        "moment": moments.shown(campaign.send_at, campaign.time_zone) if campaign.send_at else "",
        "until": moments.shown(campaign.stop_trying_at, zones.of(campaign)) if campaign.stop_trying_at else "",
        "is_late": campaign.stop_trying_at is not None and campaign.stop_trying_at <= now(),
        "refused_places": [row.place for row in installation.refused()],
        "paused_because": finding.paused_because(campaign),
        "wrong": checking.blocking(checking.of_all(campaign)) if campaign.state is CampaignState.MISSED else [],
    }


def _parts(standing: progress.Standing) -> list[tuple[str, int, str, str]]:
    """Where every mail stands, as the parts of one bar; those without anybody are left out but the first two."""
    rows = [
        (_("Accepted by the mail server"), standing.accepted, "f1"),
        (_("Yet to come"), standing.waiting, "f0"),
        (_("Skipped: left or came back meanwhile"), standing.skipped, "f5"),
        (_("Refused by the mail server"), standing.rejected, "f4"),
        (_("Given up"), standing.failed, "f2"),
        (_("In doubt"), standing.unknown, "f3"),
        (_("Cancelled before they began"), standing.cancelled, "f5"),
    ]
    return [(words, n, f"{n:,}", fill) for place, (words, n, fill) in enumerate(rows) if n or place < 2]
