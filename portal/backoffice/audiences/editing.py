"""Audiences: added, changed, retired, deleted; and the form that a storefront shows."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.backoffice.audiences.audience_forms import AudienceForm, values_of
from portal.backoffice.audiences.finding import PATH, audience_of, tabs
from portal.foundation import form_keys
from portal.foundation.text import _
from portal.newsletter import rules
from portal.newsletter.errors import ChangedMeanwhile, DefaultIsNeeded, SlugTaken, StillUsed
from portal.newsletter.models import Audience
from portal.newsletter.service import audiences as service
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

editing = Blueprint("audience_editing", __name__, url_prefix=PATH)
ONE = "/<int:audience_id>"
AT = {SlugTaken: "slug", StillUsed: "slug", DefaultIsNeeded: "is_default"}  # the field at fault


@editing.get("/new")
@staff_required(Permission.AUDIENCE_MODIFY)
def ask() -> ResponseReturnValue:
    return _page(AudienceForm(formdata=None))


@editing.post("/new")
@staff_required(Permission.AUDIENCE_MODIFY)
def add() -> ResponseReturnValue:
    form = AudienceForm()
    if not form.validate():
        return _page(form), 422
    key = form_keys.first_use(form.form_key.data or "")
    if key is None:
        return redirect(PATH, 303)
    try:
        audience = service.add(form.terms, by=acting_member())
    except tuple(AT) as refusal:
        form_keys.give_back(key)
        form.refuse(AT[type(refusal)], refusal)
        return _page(form), 422
    flash(_("%(name)s is there.", name=audience.name), "ok")
    return redirect(f"{PATH}/{audience.id}", 303)


@editing.get(f"{ONE}/edit")
@staff_required(Permission.AUDIENCE_MODIFY)
def edit(audience_id: int) -> ResponseReturnValue:
    audience = audience_of(audience_id)
    return _page(AudienceForm(formdata=None, data=values_of(audience)), audience)


@editing.post(f"{ONE}/edit")
@staff_required(Permission.AUDIENCE_MODIFY)
def save(audience_id: int) -> ResponseReturnValue:
    form, audience = AudienceForm(), audience_of(audience_id)
    if not form.validate():
        return _page(form, audience), 422
    try:
        service.change(audience_id, form.terms, version=form.version.data or 0, by=acting_member())
    except ChangedMeanwhile as refusal:
        return _both_versions(form, audience, str(refusal)), 409
    except tuple(AT) as refusal:
        form.refuse(AT[type(refusal)], refusal)
        return _page(form, audience), 422
    flash(_("%(name)s saved.", name=audience.name), "ok")
    return redirect(f"{PATH}/{audience_id}", 303)


@editing.post(f"{ONE}/retire")
@staff_required(Permission.AUDIENCE_MODIFY)
def retire(audience_id: int) -> ResponseReturnValue:
    audience = service.retire(audience_id, by=acting_member())
    flash(_("%(name)s has retired: nobody comes in, and nothing is sent to it.", name=audience.name), "ok")
    return redirect(PATH, 303)


@editing.post(f"{ONE}/bring-back")
@staff_required(Permission.AUDIENCE_MODIFY)
def bring_back(audience_id: int) -> ResponseReturnValue:
    audience = service.bring_back(audience_id, by=acting_member())
    flash(_("%(name)s is in use again.", name=audience.name), "ok")
    return redirect(f"{PATH}/{audience_id}", 303)


@editing.get(f"{ONE}/delete")
@staff_required(Permission.AUDIENCE_MODIFY)
def ask_delete(audience_id: int) -> ResponseReturnValue:
    audience = audience_of(audience_id)
    return render_template("backoffice/audiences/delete.html", audience=audience, uses=service.uses(audience))


@editing.post(f"{ONE}/delete")
@staff_required(Permission.AUDIENCE_MODIFY)
def delete(audience_id: int) -> ResponseReturnValue:
    name = service.remove(audience_id, by=acting_member())
    flash(_("%(name)s is deleted.", name=name), "ok")
    return redirect(PATH, 303)


@editing.get(f"{ONE}/form")
@staff_required(Permission.AUDIENCE_MODIFY)
def show_form(audience_id: int) -> ResponseReturnValue:
    audience = audience_of(audience_id)
    return render_template(
        "backoffice/audiences/form.html",
        audience=audience,
        action=url_for("newsletter.join"),
        text=rules.FORM_TEXT,
        tabs=tabs(audience),
    )


def _page(form: AudienceForm, audience: Audience | None = None) -> str:
    return render_template(
        "backoffice/audiences/edit.html",
        audience=audience,
        typed=form.typed,
        errors=form.words,
        is_used=audience is not None and service.is_used(audience),
        tabs=tabs(audience) if audience is not None else [],
    )


def _both_versions(form: AudienceForm, audience: Audience, message: str) -> str:
    theirs = values_of(audience)
    names = [name for name in theirs if name != "version"]
    return render_template(
        "errors/conflict.html",
        section="audiences",
        title=_("Saved by somebody else"),
        message=message,
        rows=[
            {"label": form[name].label.text, "yours": _told(form.typed[name]), "theirs": _told(theirs[name])}
            for name in names
        ],
        form=[(name, "1" if form.typed[name] is True else form.typed[name]) for name in names if form.typed[name]]
        + [("version", audience.version)],
        back=f"{PATH}/{audience.id}/edit",
    )


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value)
