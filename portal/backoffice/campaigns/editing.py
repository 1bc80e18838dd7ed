"""Campaigns at the desk: listed, begun, written block by block, copied, deleted."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.backoffice import listing
from portal.backoffice.campaigns import audiences, finding
from portal.backoffice.campaigns.finding import ONE, PATH
from portal.backoffice.campaigns.forms import CampaignForm, NewForm, VersionForm, values_of
from portal.foundation import form_keys
from portal.foundation.forms import query_text
from portal.foundation.text import _
from portal.newsletter import rules as newsletter_rules
from portal.newsletter.errors import CampaignMoved, ChangedMeanwhile
from portal.newsletter.models import Campaign, CampaignState
from portal.newsletter.queries import campaigns as queries
from portal.newsletter.rules import blocks as rules
from portal.newsletter.sending import fields
from portal.newsletter.service import checking, drafting, progress, wording
from portal.staff.guards import acting_member, may, staff_required
from portal.staff.rules import Permission

editing = Blueprint("campaigns", __name__, url_prefix=PATH)


@editing.get("")
@staff_required(Permission.CAMPAIGN_VIEW)
def show_all() -> ResponseReturnValue:
    view, term = request.args.get("view", ""), query_text(request.args, "q")
    view = view if view in finding.VIEWS else ""
    states = finding.VIEWS[view][1] if view else ()
    page = queries.page(states, term, after=request.args.get("after", ""), before=request.args.get("before", ""))
    values = {"view": view, "q": term}
    return render_template(
        "backoffice/campaigns/list.html",
        page=page,
        tabs=_views(),
        view=view,
        values=values,
        on=listing.chips(PATH, values, {"q": term}),
        states=finding.STATES,
        to=audiences.in_words,
        settled={row.id: progress.settled(row.id) for row in page.rows if row.queued},
        **listing.neighbours(PATH, values, page),
    )


@editing.get("/new")
@staff_required(Permission.CAMPAIGN_EDIT)
def ask() -> ResponseReturnValue:
    return _new_page(NewForm(formdata=None))


@editing.post("/new")
@staff_required(Permission.CAMPAIGN_EDIT)
def add() -> ResponseReturnValue:
    form = NewForm()
    fine, chosen = form.validate(), audiences.chosen(f"audience-{form.text('audience')}", [])
    if chosen is None:
        form.refuse("audience", _("Choose an audience"))
    if not fine or chosen is None:
        return _new_page(form), 422
    key = form_keys.first_use(form.text("form_key"))
    if key is None:
        return redirect(form_keys.led_to(form.text("form_key")) or PATH, 303)
    campaign = drafting.begin(form.text("name"), chosen.audience, by=acting_member())
    key.led_to = finding.path_of(campaign)
    return redirect(finding.path_of(campaign), 303)


@editing.get(ONE)
@staff_required(Permission.CAMPAIGN_VIEW)
def edit(number: int) -> ResponseReturnValue:
    """The editor of a draft; of what is no draft any more, how far it is."""
    campaign = finding.found(number)
    if campaign.state is not CampaignState.DRAFT:
        return redirect(f"{finding.path_of(campaign)}/progress", 303)
    if not may(Permission.CAMPAIGN_EDIT):
        return redirect(f"{finding.path_of(campaign)}/preview", 303)
    draft = drafting.draft_of(campaign)
    page = _editor(campaign, values_of(draft, campaign.version), draft.blocks, [str(one) for one in draft.excluded])
    response = finding.framing(page)
    if request.headers.get("HX-Request") and (place := request.args.get("at", "")).isdigit():
        response.headers["HX-Reswap"] = f"outerHTML show:#block-{int(place[:3])}:top"
    return response


@editing.post(ONE)
@staff_required(Permission.CAMPAIGN_EDIT)
def save(number: int) -> ResponseReturnValue:
    """Keep what is typed; a button of a block acts on it first."""
    form, campaign = CampaignForm(), finding.found(number)
    draft = form.read()
    if draft is None:
        return finding.framing(_editor(campaign, form.typed, form.blocks, form.excluded, form.words), 422)
    try:
        drafting.save(number, draft, version=form.version.number, by=acting_member())
    except (ChangedMeanwhile, CampaignMoved) as refusal:
        return _both_versions(form, campaign, str(refusal))
    if form.act is not None:
        return redirect(f"{finding.path_of(campaign)}?at={form.place}#block-{form.place}", 303)
    flash(_("Draft saved."), "ok")
    onward = {"preview": "/preview", "review": "/review"}.get(request.form.get("then", ""), "")
    address = finding.path_of(campaign) + onward
    if onward and request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": address})  # another page, not this one in place
    return redirect(address, 303)


@editing.post(f"{ONE}/copy")
@staff_required(Permission.CAMPAIGN_EDIT)
def copy(number: int) -> ResponseReturnValue:
    key = form_keys.first_use(request.form.get("form_key", ""))
    if key is None:
        return redirect(form_keys.led_to(request.form.get("form_key", "")) or PATH, 303)
    made = drafting.copy(finding.found(number), by=acting_member())
    key.led_to = finding.path_of(made)
    flash(_("This is a copy. It goes to nobody before you say so."), "ok")
    return redirect(finding.path_of(made), 303)


@editing.get(f"{ONE}/delete")
@staff_required(Permission.CAMPAIGN_EDIT)
def ask_delete(number: int) -> ResponseReturnValue:
    return render_template("backoffice/campaigns/delete.html", campaign=finding.found(number))


@editing.post(f"{ONE}/delete")
@staff_required(Permission.CAMPAIGN_EDIT)
def delete(number: int) -> ResponseReturnValue:
    name = drafting.delete(number, version=VersionForm().version.number, by=acting_member())
    flash(_("“%(name)s” is deleted.", name=name), "ok")
    return redirect(PATH, 303)


def _views() -> list[tuple[str, str, str]]:
    counts = queries.numbers()
    every = (_("All"), PATH, f"{sum(counts.values()):,}")
    return [
        every,
        *(
            (str(words), f"{PATH}?view={name}", f"{sum(counts.get(state, 0) for state in states):,}")
            for name, (words, states) in finding.VIEWS.items()
        ),
    ]


def _new_page(form: NewForm) -> str:
    choices = [(str(row.id), row.name) for row in audiences.open_audiences()]
    return render_template("backoffice/campaigns/new.html", typed=form.typed, errors=form.words, audiences=choices)


def _editor(
    campaign: Campaign,
    typed: dict[str, Any],
    blocks: Sequence[rules.Block],
    excluded: list[str],
    errors: dict[str, str] | None = None,
) -> str:
    chosen = audiences.chosen(str(typed["to"] or ""), [])
    shown = rules.pictures(blocks) if not errors else set()
    return render_template(
        "backoffice/campaigns/edit.html",
        campaign=campaign,
        path=finding.path_of(campaign),
        typed=typed,
        blocks=blocks,
        kinds=rules.WORDS,
        most=rules.MOST,
        errors=errors or {},
        offered=audiences.offered(),
        leave_out=audiences.to_leave_out(chosen.audience.id) if chosen else [],
        excluded=excluded,
        pictures=queries.pictures_to_choose(shown),
        address_of=wording.picture_path,
        fields=[f"{{{{ {name} }}}}" for name in fields.FIELDS],
        links=[f"{{{{ {name} }}}}" for name in fields.LINKS],
        checks=checking.of_message(campaign),
        tabs=finding.tabs(campaign),
    )


def _both_versions(form: CampaignForm, campaign: Campaign, message: str) -> ResponseReturnValue:
    """What was typed beside what somebody else saved; it is saved over theirs only by a press of its own."""
    now = drafting.found(campaign.id)
    if now.state is not CampaignState.DRAFT:
        said = newsletter_rules.CAMPAIGN_WORDS[now.state]
        message = _("The campaign is %(state)s by now: nothing of it can be changed any more.", state=said)
    theirs_draft = drafting.draft_of(now)
    theirs = values_of(theirs_draft, now.version)
    mine = {name: form.typed[name] for name in theirs if name != "version"}
    rows = [
        {"label": form[name].label.text, "yours": _told(mine[name]), "theirs": _told(theirs[name])} for name in mine
    ]
    rows.append({"label": _("Message"), "yours": _in_one(form.blocks), "theirs": _in_one(theirs_draft.blocks)})
    hidden = [(name, "1" if value is True else value) for name, value in mine.items() if value is not False]
    hidden += [*rules.written(form.blocks), *(("exclude", one) for one in form.excluded), ("version", now.version)]
    page = render_template(
        "errors/conflict.html",
        section="campaigns",
        title=_("Saved by somebody else"),
        message=message,
        rows=rows,
        form=hidden,
        back=finding.path_of(campaign),
    )
    return page, 409


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value)


def _in_one(blocks: Any) -> str:
    return " / ".join(text for _name, text in rules.texts(blocks) if text)
