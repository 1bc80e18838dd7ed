"""Groups: listed, defined, changed, put in order, deleted."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.backoffice.approvals.queue import in_figures
from portal.foundation import form_keys
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import queries, rules
from portal.groups.errors import (
    DefaultIsNeeded,
    DefaultNeedsNoApproval,
    GroupChangedMeanwhile,
    GroupInUse,
    GroupNameTaken,
)
from portal.groups.forms import GroupForm, values_of
from portal.groups.models import CustomerGroup
from portal.groups.service import groups as service
from portal.staff.guards import acting_member, may, scope, staff_required, stores_for
from portal.staff.rules import Permission, Reach

groups = Blueprint("groups", __name__, url_prefix="/staff/groups")
ONE = "/<int:number>"
AT = {GroupNameTaken: "name", DefaultNeedsNoApproval: "approval", DefaultIsNeeded: "default"}  # the field at fault


@groups.get("")
@staff_required(Permission.GROUP_VIEW)
def show() -> ResponseReturnValue:
    return render_template(
        "backoffice/groups/list.html",
        groups=queries.all_groups(),
        members=queries.members_by_group(_met()),
        waiting=queries.waiting_by_group(_decided_about()),
        approvals=rules.APPROVALS,
    )


@groups.get("/new")
@staff_required(Permission.GROUP_ADD)
def ask() -> ResponseReturnValue:
    return _form_page(GroupForm(formdata=None))


@groups.post("/new")
@staff_required(Permission.GROUP_ADD)
def add() -> ResponseReturnValue:
    form = GroupForm()
    if not form.validate():
        return _form_page(form), 422
    key = form_keys.first_use(form.form_key.data or "")
    if key is None:
        return redirect(url_for(".show"), 303)
    try:
        group = service.define_group(form.terms, by=acting_member())
    except tuple(AT) as refusal:
        form_keys.give_back(key)
        form.refuse(AT[type(refusal)], refusal)
        return _form_page(form), 422
    flash(_("%(name)s is there.", name=group.name), "ok")
    return redirect(url_for(".show"), 303)


@groups.get(ONE)
@staff_required(Permission.GROUP_VIEW)
def edit(number: int) -> ResponseReturnValue:
    group = found(number)
    return _form_page(GroupForm(formdata=None, data=values_of(group)), group)


@groups.post(ONE)
@staff_required(Permission.GROUP_MODIFY)
def save(number: int) -> ResponseReturnValue:
    form, group = GroupForm(), found(number)
    if not form.validate():
        return _form_page(form, group), 422
    try:
        service.change_group(number, form.terms, version=form.edited_version, by=acting_member())
    except GroupChangedMeanwhile as refusal:
        return _both_versions(form, group, str(refusal)), 409
    except tuple(AT) as refusal:
        form.refuse(AT[type(refusal)], refusal)
        return _form_page(form, group), 422
    flash(_("%(name)s saved.", name=group.name), "ok")
    return redirect(url_for(".show"), 303)


@groups.post(f"{ONE}/move")
@staff_required(Permission.GROUP_MODIFY)
def move(number: int) -> ResponseReturnValue:
    service.move_group(number, up=request.form.get("direction") == "up", by=acting_member())
    return redirect(url_for(".show"), 303)


@groups.get(f"{ONE}/delete")
@staff_required(Permission.GROUP_MODIFY)
def ask_delete(number: int) -> ResponseReturnValue:
    return _delete_page(found(number))


@groups.post(f"{ONE}/delete")
@staff_required(Permission.GROUP_MODIFY)
def delete(number: int) -> ResponseReturnValue:
    group = found(number)
    try:
        name = service.remove_group(number, by=acting_member())
    except GroupInUse as refusal:
        return _delete_page(group, str(refusal)), 409
    flash(_("%(name)s is deleted.", name=name), "ok")
    return redirect(url_for(".show"), 303)


def _delete_page(group: CustomerGroup, refusal: str = "") -> str:
    uses = service.in_use(group)
    return render_template("backoffice/groups/delete.html", group=group, uses=uses, refusal=refusal)


def found(number: int) -> CustomerGroup:
    """A group by its number.

    Raises:
        NotFound: there is none.
    """
    group = queries.group(number)
    if group is None:
        raise NotFound(_("This group doesn’t exist. Look in the list of groups."))
    return group


def _form_page(form: GroupForm, group: CustomerGroup | None = None) -> str:
    return render_template(
        "backoffice/groups/edit.html",
        group=group,
        typed=form.typed,
        errors=form.words,
        approvals=rules.APPROVALS,
        members=queries.members_by_group(_met()).get(group.id, 0) if group else 0,
        waiting=queries.waiting_by_group(_decided_about()).get(group.id, 0) if group else 0,
        waits=in_figures(queries.Wanted(group_id=group.id, stores=_decided_about())) if group else "",
    )


def _met() -> Reach:
    """The stores whose customers the reader meets; who meets none anywhere sees groups as far as the door is open."""
    return _first_of(Permission.CUSTOMER_VIEW)


def _decided_about() -> Reach:
    """The stores whose applicants the reader decides about, or else meets."""
    return _first_of(Permission.CUSTOMER_APPROVE, Permission.CUSTOMER_VIEW)


def _first_of(*permissions: Permission) -> Reach:
    return next((stores_for(one) for one in permissions if may(one)), scope())


def _both_versions(form: GroupForm, group: CustomerGroup, message: str) -> str:
    theirs = values_of(group)
    names = [name for name in theirs if name != "version"]
    mine = {name: form.typed[name] for name in names}
    return render_template(
        "errors/conflict.html",
        section="groups",
        title=_("Saved by somebody else"),
        message=message,
        rows=[
            {"label": form[name].label.text, "yours": _told(mine[name]), "theirs": _told(theirs[name])}
            for name in names
        ],
        form=[(name, "1" if value is True else value) for name, value in mine.items() if value is not False]
        + [("version", group.version)],
        back=url_for(".edit", number=group.id),
    )


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(next((words for kind, words in rules.APPROVALS.items() if kind.value == value), value))
