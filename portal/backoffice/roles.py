"""Roles: the tree of rights, ticked by the shop."""

from collections.abc import Iterable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required
from portal.backoffice import rights as words
from portal.backoffice.staff_forms import RoleForm
from portal.foundation import form_keys
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.staff import queries
from portal.staff.errors import ChangedMeanwhile, RoleNameTaken
from portal.staff.guards import acting_member, rights, staff_required
from portal.staff.models import Role
from portal.staff.rules import OWNER, OWNER_ROLE, Permission
from portal.staff.service import roles as service
from portal.staff.service.giving import objection

PATH = "/staff/roles"
ONE = "/<int:role_id>"

roles = Blueprint("roles", __name__, url_prefix=PATH)


@roles.get("")
@staff_required(Permission.ROLE_VIEW)
def show() -> ResponseReturnValue:
    known = queries.roles()
    return render_template(
        "backoffice/roles/list.html",
        roles=known,
        counts={role.id: len(queries.grants_of(role) & OWNER) for role in known},
        holders=queries.holders_by_role(),
        owner=OWNER_ROLE,
    )


@roles.get(ONE)
@staff_required(Permission.ROLE_VIEW)
def look(role_id: int) -> ResponseReturnValue:
    role = _found(role_id)
    return render_template(
        "backoffice/roles/show.html",
        role=role,
        path=_path(role),
        rights=words.in_words(queries.grants_of(role)),
        holders=queries.holders_by_role().get(role.id, 0),
        no_edit=objection(service.refuse_edit, role, acting_member()),
        no_delete=objection(service.refuse_delete, role, acting_member()),
        owner=OWNER_ROLE,
    )


@roles.get("/new")
@staff_required(Permission.ROLE_MODIFY)
@fresh_sign_in_required
def ask() -> ResponseReturnValue:
    """An empty role, or what the reader may pass on of the one that is copied."""
    text = request.args.get("copy", "")
    copied = queries.role(int(text)) if text.isascii() and text.isdecimal() and len(text) < 10 else None
    ticked = queries.grants_of(copied) & rights().everywhere if copied else frozenset[str]()
    return _form_page(RoleForm(formdata=None), ticked)


@roles.post("/new")
@staff_required(Permission.ROLE_MODIFY)
@fresh_sign_in_required
def add() -> ResponseReturnValue:
    form = RoleForm()
    if not form.validate():
        return _form_page(form, form.permission.data or ()), 422
    key = form_keys.first_use(form.text("form_key"))
    if key is None:
        return redirect(PATH, 303)
    try:
        role = service.define(form.text("name"), form.permission.data or (), by=acting_member())
    except RoleNameTaken as refusal:
        form_keys.give_back(key)
        form.refuse("name", refusal)
        return _form_page(form, form.permission.data or ()), 422
    flash(_("The role %(name)s is there.", name=role.name), "ok")
    return redirect(_path(role), 303)


@roles.get(f"{ONE}/edit")
@staff_required(Permission.ROLE_MODIFY)
@fresh_sign_in_required
def edit(role_id: int) -> ResponseReturnValue:
    role = _found(role_id)
    service.refuse_edit(role, acting_member())
    return _form_page(RoleForm(formdata=None, obj=role), queries.grants_of(role), role)


@roles.post(f"{ONE}/edit")
@staff_required(Permission.ROLE_MODIFY)
@fresh_sign_in_required
def save(role_id: int) -> ResponseReturnValue:
    """Save the ticks; rights that the editor lacks have none on the page, and stay as they are."""
    form, role = RoleForm(), _found(role_id)
    service.refuse_edit(role, acting_member())
    if not form.validate():
        return _form_page(form, _wanted(form, role), role), 422
    wanted = _wanted(form, role)
    try:
        service.change(role_id, form.text("name"), wanted, version=form.version.data or 0, by=acting_member())
    except ChangedMeanwhile as refusal:
        return _both_versions(form, role, wanted, str(refusal)), 409
    except RoleNameTaken as refusal:
        form.refuse("name", refusal)
        return _form_page(form, wanted, role), 422
    flash(_("The role %(name)s is saved. It counts from the next page that somebody opens.", name=role.name), "ok")
    return redirect(_path(role), 303)


@roles.get(f"{ONE}/delete")
@staff_required(Permission.ROLE_MODIFY)
@fresh_sign_in_required
def ask_delete(role_id: int) -> ResponseReturnValue:
    role = _found(role_id)
    service.refuse_delete(role, acting_member())
    return render_template("backoffice/roles/delete.html", role=role, path=_path(role))


@roles.post(f"{ONE}/delete")
@staff_required(Permission.ROLE_MODIFY)
@fresh_sign_in_required
def delete(role_id: int) -> ResponseReturnValue:
    name = _found(role_id).name
    service.delete(role_id, by=acting_member())
    flash(_("The role %(name)s is deleted.", name=name), "ok")
    return redirect(PATH, 303)


def _found(role_id: int) -> Role:
    role = queries.role(role_id)
    if role is None:
        raise NotFound(_("This role doesn’t exist. Look in the list of roles."))
    return role


def _path(role: Role) -> str:
    return url_for("roles.look", role_id=role.id)


def _wanted(form: RoleForm, role: Role) -> frozenset[str]:
    return frozenset(form.permission.data or ()) | (queries.grants_of(role) - rights().everywhere)


def _form_page(form: RoleForm, ticked: Iterable[str], role: Role | None = None) -> str:
    return render_template(
        "backoffice/roles/edit.html",
        role=role,
        typed=form.typed,
        errors=form.words,
        tree=words.tree(set(ticked), rights().everywhere),
        back=_path(role) if role else PATH,
    )


def _both_versions(form: RoleForm, role: Role, mine: frozenset[str], message: str) -> str:
    theirs = queries.grants_of(role)
    told = {True: _("Yes"), False: _("No")}
    rows = [{"label": _("Name"), "yours": form.text("name"), "theirs": role.name}]
    rows += [
        {"label": words.one_in_words(right), "yours": told[right in mine], "theirs": told[right in theirs]}
        for right in Permission
        if (right in mine) != (right in theirs)
    ]
    ticks = [("permission", right) for right in sorted(mine & rights().everywhere)]
    return render_template(
        "errors/conflict.html",
        section="roles",
        title=_("Saved by somebody else"),
        message=message,
        rows=rows,
        form=[("name", form.text("name")), *ticks, ("version", role.version)],
        back=_path(role),
    )
