"""Segments: listed, built as sentences, counted while they are built, deleted."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.backoffice.audiences import segment_forms
from portal.backoffice.audiences.finding import PATH, audience_of, segment_of, tabs
from portal.backoffice.audiences.segment_forms import Draft
from portal.foundation import form_keys
from portal.foundation.text import _
from portal.newsletter.errors import ChangedMeanwhile, NameTaken, SegmentUnreadable
from portal.newsletter.models import Audience, Segment
from portal.newsletter.queries import segments as queries
from portal.newsletter.queries.segments import Counts
from portal.newsletter.rules import conditions
from portal.newsletter.rules import segments as rules
from portal.newsletter.service import segments as service
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

segments = Blueprint("segments", __name__)
OF_AUDIENCE = f"{PATH}/<int:audience_id>/segments"
ONE = "/staff/segments/<int:segment_id>"
SAVE = "save"


@segments.get(OF_AUDIENCE)
@staff_required(Permission.AUDIENCE_VIEW)
def show_all(audience_id: int) -> ResponseReturnValue:
    audience = audience_of(audience_id)
    rows = queries.of_audience(audience_id)
    return render_template(
        "backoffice/audiences/segments.html",
        audience=audience,
        rows=rows,
        said={row.id: service.in_words(row) for row in rows},
        trouble={row.id: service.trouble(row) for row in rows},
        tabs=tabs(audience),
    )


@segments.get(f"{OF_AUDIENCE}/new")
@staff_required(Permission.AUDIENCE_MODIFY)
def ask(audience_id: int) -> ResponseReturnValue:
    return _builder(audience_of(audience_id), Draft())


@segments.post(f"{OF_AUDIENCE}/new")
@staff_required(Permission.AUDIENCE_MODIFY)
def add(audience_id: int) -> ResponseReturnValue:
    audience, known = audience_of(audience_id), conditions.every()
    draft, act = segment_forms.sent(request.form, known), request.form.get("act", SAVE)
    if act != SAVE:
        segment_forms.press(draft, act, request.form, known)
        return _builder(audience, draft)
    if not draft.check(known):
        return _builder(audience, draft), 422
    key = form_keys.first_use(request.form.get("form_key", ""))
    if key is None:
        return redirect(f"{PATH}/{audience_id}/segments", 303)
    try:
        segment = service.add(audience, draft.name, draft.box, by=acting_member())
    except NameTaken as refusal:
        form_keys.give_back(key)
        draft.errors["name"] = str(refusal)
        return _builder(audience, draft), 422
    flash(_("%(name)s is there.", name=segment.name), "ok")
    return redirect(f"/staff/segments/{segment.id}", 303)


@segments.get(ONE)
@staff_required(Permission.AUDIENCE_VIEW)
def edit(segment_id: int) -> ResponseReturnValue:
    segment = segment_of(segment_id)
    try:
        draft = segment_forms.of_box(segment.name, rules.read(segment.conditions))
    except SegmentUnreadable:
        draft = Draft(segment.name)
    return _builder(segment.audience, draft, segment)


@segments.post(ONE)
@staff_required(Permission.AUDIENCE_MODIFY)
def save(segment_id: int) -> ResponseReturnValue:
    segment, known = segment_of(segment_id), conditions.every()
    draft, act = segment_forms.sent(request.form, known), request.form.get("act", SAVE)
    if act != SAVE:
        segment_forms.press(draft, act, request.form, known)
        return _builder(segment.audience, draft, segment)
    if not draft.check(known):
        return _builder(segment.audience, draft, segment), 422
    try:
        service.change(segment_id, draft.name, draft.box, version=_version(), by=acting_member())
    except ChangedMeanwhile as refusal:
        draft.errors["name"] = str(refusal)
        return _builder(segment.audience, draft, segment), 409
    except NameTaken as refusal:
        draft.errors["name"] = str(refusal)
        return _builder(segment.audience, draft, segment), 422
    flash(_("%(name)s saved.", name=draft.name), "ok")
    return redirect(f"/staff/segments/{segment_id}", 303)


@segments.get(f"{ONE}/delete")
@staff_required(Permission.AUDIENCE_MODIFY)
def ask_delete(segment_id: int) -> ResponseReturnValue:
    segment = segment_of(segment_id)
    used = service.campaigns_of(segment)
    return render_template("backoffice/audiences/segment_delete.html", segment=segment, campaigns=used)


@segments.post(f"{ONE}/delete")
@staff_required(Permission.AUDIENCE_MODIFY)
def delete(segment_id: int) -> ResponseReturnValue:
    audience_id = segment_of(segment_id).audience_id
    name = service.remove(segment_id, by=acting_member())
    flash(_("%(name)s is deleted.", name=name), "ok")
    return redirect(f"{PATH}/{audience_id}/segments", 303)


def _builder(audience: Audience, draft: Draft, segment: Segment | None = None) -> str:
    known = conditions.every()
    counts, trouble = _counted(audience, draft)
    return render_template(
        "backoffice/audiences/segment.html",
        audience=audience,
        segment=segment,
        draft=draft,
        errors=draft.errors,
        known=known,
        matches=rules.MATCHES,
        counts=counts,
        trouble=trouble,
        said=rules.sentence(draft.box, known) if draft.lines else "",
        used=service.campaigns_of(segment) if segment is not None else [],
        full=len(draft.lines) >= rules.MOST_ROWS,
        may_box=len(draft.matches) <= rules.MOST_BOXES,
    )


def _counted(audience: Audience, draft: Draft) -> tuple[Counts, str]:
    if not draft.lines:
        return queries.counts(audience.id, None, ""), ""
    try:
        return service.counts(draft.box, audience.id), ""
    except SegmentUnreadable as error:
        return Counts(), str(error)


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
