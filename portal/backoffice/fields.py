"""The shop's own fields: listed, defined, changed, put in order, retired."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.backoffice.field_forms import ASKED, REQUIRED, FieldForm, input_of, values_of
from portal.customers import custom_queries as queries
from portal.customers.errors import FieldChangedMeanwhile, FieldNameTaken
from portal.customers.models import CustomField
from portal.customers.rules import custom_fields as rules
from portal.customers.service import custom_fields as service
from portal.foundation import form_keys
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import queries as groups
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

fields = Blueprint("fields", __name__, url_prefix="/staff/fields")
ONE = "/<int:number>"


@fields.get("")
@staff_required(Permission.FIELD_VIEW)
def show() -> ResponseReturnValue:
    every = queries.all_fields()
    return render_template(
        "backoffice/fields/list.html",
        used=[row for row in every if row.retired_at is None],
        retired=[row for row in every if row.retired_at is not None],
        kinds=rules.KINDS,
        groups={group.id: group.name for group in groups.all_groups()},
        answered=queries.answers_by_field(),
    )


@fields.get("/new")
@staff_required(Permission.FIELD_MODIFY)
def ask() -> ResponseReturnValue:
    return _page(FieldForm(groups.all_groups(), sent=False))


@fields.post("/new")
@staff_required(Permission.FIELD_MODIFY)
def add() -> ResponseReturnValue:
    form = FieldForm(groups.all_groups())
    if not form.validate():
        return _page(form), 422
    key = form_keys.first_use(form.form_key.data or "")
    if key is None:
        return redirect(url_for(".show"), 303)
    try:
        row = service.define_field(form.definition, by=acting_member())
    except FieldNameTaken as refusal:
        form_keys.give_back(key)
        form.refuse("name", refusal)
        return _page(form), 422
    flash(_("%(name)s is there.", name=row.name), "ok")
    return redirect(url_for(".show"), 303)


@fields.get(ONE)
@staff_required(Permission.FIELD_VIEW)
def edit(number: int) -> ResponseReturnValue:
    return _page(FieldForm(groups.all_groups(), _found(number), sent=False))


@fields.post(ONE)
@staff_required(Permission.FIELD_MODIFY)
def save(number: int) -> ResponseReturnValue:
    row = _found(number)
    form = FieldForm(groups.all_groups(), row)
    if not form.validate():
        return _page(form), 422
    try:
        service.change_field(number, form.definition, version=form.version.data or 0, by=acting_member())
    except FieldChangedMeanwhile as refusal:
        return _both_versions(form, row, str(refusal)), 409
    except FieldNameTaken as refusal:
        form.refuse("name", refusal)
        return _page(form), 422
    flash(_("%(name)s saved.", name=row.name), "ok")
    return redirect(url_for(".show"), 303)


@fields.post(f"{ONE}/up")
@staff_required(Permission.FIELD_MODIFY)
def move_up(number: int) -> ResponseReturnValue:
    return _moved(number, up=True)


@fields.post(f"{ONE}/down")
@staff_required(Permission.FIELD_MODIFY)
def move_down(number: int) -> ResponseReturnValue:
    return _moved(number, up=False)


@fields.post(f"{ONE}/retire")
@staff_required(Permission.FIELD_MODIFY)
def retire(number: int) -> ResponseReturnValue:
    row = service.retire(number, by=acting_member())
    flash(_("%(name)s is asked nowhere any more. What was answered stays.", name=row.name), "ok")
    return redirect(url_for(".show"), 303)


@fields.post(f"{ONE}/bring-back")
@staff_required(Permission.FIELD_MODIFY)
def bring_back(number: int) -> ResponseReturnValue:
    row = service.bring_back(number, by=acting_member())
    flash(_("%(name)s is asked again.", name=row.name), "ok")
    return redirect(url_for(".show"), 303)


def _moved(number: int, *, up: bool) -> ResponseReturnValue:
    service.move(number, up=up, by=acting_member())
    return redirect(f"{url_for('.show')}#field-{number}", 303)


def _found(number: int) -> CustomField:
    row = queries.field(number)
    if row is None:
        raise NotFound(_("This field doesn’t exist. Look in the list of fields."))
    return row


def _page(form: FieldForm) -> str:
    row = form.row
    return render_template(
        "backoffice/fields/edit.html",
        row=row,
        typed=form.typed,
        errors=form.words,
        kinds=rules.KINDS,
        with_choices=rules.WITH_CHOICES,
        with_example=rules.WITH_EXAMPLE,
        groups=[(group, input_of(group), form.wanted[group.id]) for group in form.offered],
        wishes=_wishes(),
        answered=queries.answers_by_field().get(row.id, 0) if row else 0,
    )


def _wishes() -> list[tuple[str, str]]:
    return [("", _("Not asked")), (ASKED, _("Asked, may be left empty")), (REQUIRED, _("Asked and required"))]


def _both_versions(form: FieldForm, row: CustomField, message: str) -> str:
    theirs, their_groups = values_of(row), service.definition_of(row).groups
    names = [name for name in theirs if name not in ("version", "kind")]
    rows = [{"label": form[name].label.text, "yours": form.typed[name], "theirs": theirs[name]} for name in names]
    said: dict[Any, str] = dict(_wishes())
    for group in form.offered:
        wish = {None: "", False: ASKED, True: REQUIRED}[their_groups.get(group.id)]
        rows.append({"label": group.name, "yours": said[form.wanted[group.id]], "theirs": said[wish]})
    sent = [(name, form.typed[name]) for name in names]
    return render_template(
        "errors/conflict.html",
        section="fields",
        title=_("Saved by somebody else"),
        message=message,
        rows=rows,
        form=[*sent, *((input_of(group), form.wanted[group.id]) for group in form.offered), ("version", row.version)],
        back=url_for(".edit", number=row.id),
    )
