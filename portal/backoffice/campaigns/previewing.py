"""A campaign as somebody would see it: on a phone, on a desk, in the dark, in plain text, and in a mailbox of staff."""

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts.guards import the_account
from portal.backoffice.campaigns import finding
from portal.backoffice.campaigns.finding import ONE, PATH
from portal.backoffice.campaigns.forms import ProofForm
from portal.foundation.errors import DomainError, NotFound, TooMany
from portal.foundation.forms import query_text
from portal.foundation.headers import FRAMED_POLICY
from portal.foundation.text import _, lazy, plural
from portal.newsletter.models import Campaign
from portal.newsletter.queries import campaigns as queries
from portal.newsletter.sending.message import Recipient
from portal.newsletter.service import proofing
from portal.staff.guards import acting_member, may, staff_required
from portal.staff.rules import Permission

LOOKS = {
    "phone": lazy("Phone"),
    "desktop": lazy("Desktop"),
    "dark": lazy("Dark"),
    "text": lazy("Plain text"),
}
_DARK = "@media(prefers-color-scheme:dark)"

previewing = Blueprint("campaign_previews", __name__, url_prefix=PATH)


@previewing.get(f"{ONE}/preview")
@staff_required(Permission.CAMPAIGN_VIEW)
def show(number: int) -> ResponseReturnValue:
    campaign = finding.found(number)
    look = request.args.get("as", "")
    look, email = look if look in LOOKS else "phone", query_text(request.args, "email")
    who, said = _recipient(campaign, email)
    seen = proofing.seen_by(campaign, who)
    people = queries.newest_subscribers(campaign.audience_id) if may(Permission.AUDIENCE_VIEW) else []
    page = render_template(
        "backoffice/campaigns/preview.html",
        campaign=campaign,
        path=finding.path_of(campaign),
        tabs=finding.tabs(campaign),
        look=look,
        looks=LOOKS,
        email="" if said else email,
        typed=email,
        said=said,
        people=people,
        subject=seen["Subject"],
        sender=seen["From"],
        to=who.email,
        preview_text=campaign.content.preview_text if campaign.content else "",
        own=the_account().email,
    )
    return finding.framing(page)


@previewing.get(f"{ONE}/message.html")
@staff_required(Permission.CAMPAIGN_VIEW)
def message(number: int) -> ResponseReturnValue:
    """The message alone, for the frame of the preview."""
    campaign = finding.found(number)
    html, text = proofing.parts_of(
        proofing.seen_by(campaign, _recipient(campaign, query_text(request.args, "email"))[0])
    )
    look = request.args.get("as", "")
    if look == "text":
        response = Response(text, mimetype="text/plain")
    else:
        shown = html.replace(_DARK, "@media all" if look == "dark" else "@media not all")
        response = Response(shown, mimetype="text/html")
    response.headers["Content-Security-Policy"] = FRAMED_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@previewing.post(f"{ONE}/proof")
@staff_required(Permission.CAMPAIGN_EDIT)
def proof(number: int) -> ResponseReturnValue:
    """Mail it to colleagues, the subject marked."""
    form, campaign = ProofForm(), finding.found(number)
    back = f"{finding.path_of(campaign)}/preview"
    if not form.validate():
        flash(form.words["to"], "bad")
        return redirect(f"{back}#proof", 303)
    try:
        to = proofing.addresses(form.text("to"))
    except DomainError as refusal:
        flash(str(refusal), "bad")
        return redirect(f"{back}#proof", 303)
    try:
        proofing.send(campaign, to, by=acting_member())
    except TooMany:
        raise TooMany(_("You sent many proofs. Wait an hour before the next one.")) from None
    flash(
        plural("A proof is on its way to %(to)s.", "Proofs are on their way to %(to)s.", len(to), to=", ".join(to)),
        "ok",
    )
    return redirect(back, 303)


def _recipient(campaign: Campaign, email: str) -> tuple[Recipient, str]:
    """Whom to look as, and what has to be said when it is not who was meant.

    Raises:
        NotFound: the campaign says nothing yet.
    """
    if campaign.content is None:
        raise NotFound(_("This campaign says nothing yet."))
    if not email or not may(Permission.AUDIENCE_VIEW):
        return proofing.sample(), ""
    known = queries.recipient(campaign.audience_id, email)
    if known is None:
        return proofing.sample(), _("Nobody in this audience has this address. This is an invented person.")
    # Their own way out stays theirs: it works, and here somebody else looks.
    return Recipient(0, known.email, known.values), ""
