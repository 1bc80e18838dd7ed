"""The last look before a campaign leaves: who gets it, the check list, and when."""

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from portal.backoffice.campaigns import audiences, finding, zones
from portal.backoffice.campaigns.finding import ONE, PATH
from portal.backoffice.campaigns.forms import ReasonForm
from portal.backoffice.campaigns.moment_forms import EndForm, MomentForm
from portal.foundation.clock import now
from portal.foundation.text import _
from portal.newsletter.errors import EndsTooSoon, NotReady
from portal.newsletter.models import Campaign, CampaignState
from portal.newsletter.rules import moments
from portal.newsletter.service import checking, domains, drafting, launching, outlook, rehearsing, wording
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

BEFORE = (CampaignState.DRAFT, CampaignState.SCHEDULED, CampaignState.MISSED)  # anything left

reviewing = Blueprint("campaign_reviews", __name__, url_prefix=PATH)


@reviewing.get(f"{ONE}/review")
@staff_required(Permission.CAMPAIGN_VIEW)
def show(number: int) -> ResponseReturnValue:
    campaign = finding.found(number)
    return _page(campaign) if campaign.state in BEFORE else redirect(f"{finding.path_of(campaign)}/progress", 303)


@reviewing.post(f"{ONE}/schedule")
@staff_required(Permission.CAMPAIGN_SEND)
def schedule(number: int) -> ResponseReturnValue:
    form, campaign = MomentForm(), finding.found(number)
    moment, until = (form.read_begin(), form.read_end()) if form.validate() else (None, None)
    if moment is None or form.words:
        return _page(campaign, form), 422
    zone, seen = form.text("zone"), form.version.number
    try:
        launching.schedule(number, moment.at, zone, version=seen, by=acting_member(), until=until)
    except NotReady as refusal:
        form.refuse("until_day" if isinstance(refusal, EndsTooSoon) else "hour", refusal)
        return _page(campaign, form), 422
    flash(
        _("It goes out on %(moment)s.", moment=moments.shown(moment.at, zone))
        + (f" {moment.note}" if moment.note else ""),
        "ok",
    )
    return redirect(f"{finding.path_of(campaign)}/progress", 303)


@reviewing.get(f"{ONE}/launch")
@staff_required(Permission.CAMPAIGN_SEND)
def ask_launch(number: int) -> ResponseReturnValue:
    campaign = finding.found(number)
    return (
        _launch_page(campaign) if campaign.state in BEFORE else redirect(f"{finding.path_of(campaign)}/progress", 303)
    )


@reviewing.post(f"{ONE}/launch")
@staff_required(Permission.CAMPAIGN_SEND)
def launch(number: int) -> ResponseReturnValue:
    form, campaign = EndForm(), finding.found(number)
    until = form.read_end() if form.validate() else None
    if form.words:
        return _launch_page(campaign, form), 422
    try:
        launching.launch(number, version=form.version.number, by=acting_member(), until=until)
    except EndsTooSoon as refusal:
        form.refuse("until_day", refusal)
        return _launch_page(campaign, form), 422
    except NotReady as refusal:
        return _launch_page(campaign, refusal=str(refusal)), 409
    flash(_("It is on its way."), "ok")
    return redirect(f"{finding.path_of(campaign)}/progress", 303)


@reviewing.post(f"{ONE}/back")
@staff_required(Permission.CAMPAIGN_SEND)
def back(number: int) -> ResponseReturnValue:
    """To the desk again, where it can be changed."""
    campaign = finding.found(number)
    drafting.back(campaign, by=acting_member())
    flash(_("It is a draft again and goes to nobody."), "ok")
    return redirect(f"{finding.path_of(campaign)}/review", 303)


@reviewing.post(f"{ONE}/domain")
@staff_required(Permission.CAMPAIGN_EDIT)
def look_up(number: int) -> ResponseReturnValue:
    """Ask the DNS about the sender's domain."""
    campaign = finding.found(number)
    launching.look_up_domain(campaign)
    return redirect(f"{finding.path_of(campaign)}/review#checks", 303)


@reviewing.post(f"{ONE}/unproven")
@staff_required(Permission.CAMPAIGN_SEND)
def unproven(number: int) -> ResponseReturnValue:
    """Let it leave although nobody vouches for the sender's domain."""
    form, campaign = ReasonForm(), finding.found(number)
    if not form.validate():
        return _page(campaign, errors=form.words), 422
    launching.go_unproven(number, form.text("reason"), version=form.version.number, by=acting_member())
    flash(_("The reason is noted."), "ok")
    return redirect(f"{finding.path_of(campaign)}/review#checks", 303)


@reviewing.post(f"{ONE}/rehearse")
@staff_required(Permission.CAMPAIGN_EDIT)
def rehearse(number: int) -> ResponseReturnValue:
    """Have everybody's mail made and thrown away."""
    job = rehearsing.start(finding.found(number), by=acting_member())
    return redirect(f"/staff/jobs/{job.id}", 303)


def _page(campaign: Campaign, form: MomentForm | None = None, errors: dict[str, str] | None = None) -> str:
    zone = zones.of(campaign)
    day, hour = zones.local(campaign.send_at, zone) or moments.next_hour(now(), zone)
    typed = form.typed if form is not None else {"day": day, "hour": hour, **zones.end_of(campaign)}
    checks, expected = checking.of_all(campaign), outlook.of(campaign)
    content = campaign.content
    return render_template(
        "backoffice/campaigns/review.html",
        campaign=campaign,
        path=finding.path_of(campaign),
        tabs=finding.tabs(campaign),
        state=finding.STATES[campaign.state],
        checks=checks,
        blocking=len(checking.blocking(checks)),
        outlook=expected,
        takes=finding.spoken(expected.takes),
        to=audiences.in_words(campaign),
        sender=content.sender if content else "",
        domain=domains.of_address(wording.sender_of(content)[1]) if content else None,
        zones=zones.choices(zone),
        typed=typed,
        errors=errors or (form.words if form is not None else {}),
    )


def _launch_page(campaign: Campaign, form: EndForm | None = None, refusal: str = "") -> str:
    return render_template(
        "backoffice/campaigns/launch.html",
        campaign=campaign,
        path=finding.path_of(campaign),
        outlook=outlook.of(campaign),
        to=audiences.in_words(campaign),
        blocking=checking.blocking(checking.of_all(campaign)),
        refusal=refusal,
        zones=zones.choices(zones.of(campaign)),
        typed=form.typed if form is not None else zones.end_of(campaign),
        errors=form.words if form is not None else {},
    )
