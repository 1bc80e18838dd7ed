"""Who decides about applications for a group: everybody who may approve, or those whom limits leave."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required
from portal.backoffice.groups import found
from portal.foundation.forms import PortalForm
from portal.foundation.text import _
from portal.groups import queries
from portal.groups.errors import ScopeKnown
from portal.groups.forms import ScopeForm
from portal.groups.models import ApproverScope, CustomerGroup
from portal.groups.service import scopes
from portal.staff.guards import acting_member, staff_required, the_member
from portal.staff.models import StaffMember
from portal.staff.rules import Permission
from portal.stores import queries as stores

PATH = "/staff/groups/<int:number>/approvers"
approvers = Blueprint("approvers", __name__, url_prefix=PATH)


@approvers.get("")
@staff_required(Permission.GROUP_VIEW)
def show(number: int) -> ResponseReturnValue:
    return _page(found(number), ScopeForm(formdata=None))


@approvers.post("")
@staff_required(Permission.GROUP_MODIFY)
def limit(number: int) -> ResponseReturnValue:
    group, form = found(number), ScopeForm()
    if not form.validate():
        return _page(group, form), 422
    store = next((store for store in stores.every() if store.code == form.text("store")), None)
    about = group if form.text("about") == "this" else None
    try:
        row = scopes.limit(int(form.text("member")), group=about, store=store, by=acting_member())
    except ScopeKnown as refusal:
        form.refuse("member", refusal)
        return _page(group, form), 409
    flash(_("%(name)s decides about that, and about nothing that no limit names.", name=row.member.name), "ok")
    return redirect(url_for(".show", number=number), 303)


@approvers.post("/lift")
@staff_required(Permission.GROUP_MODIFY)
@fresh_sign_in_required
def lift(number: int) -> ResponseReturnValue:
    text = request.form.get("limit", "")
    member = scopes.lift(int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0, by=acting_member())
    flash(_("Limit of %(name)s lifted.", name=member.name), "ok")
    return redirect(url_for(".show", number=number), 303)


def _page(group: CustomerGroup, form: PortalForm) -> str:
    members, limits = queries.approvers(), queries.scopes()
    others = [member for member in members if member.id != the_member().id]
    return render_template(
        "backoffice/groups/approvers.html",
        group=group,
        rows=[_row(member, group, limits) for member in members],
        members=[("", _("Choose somebody")), *((str(member.id), member.name) for member in others)],
        stores=[("", _("All stores")), *((store.code, store.name) for store in stores.every())],
        typed=form.typed,
        errors=form.words,
        mine=the_member().id,
    )


def _row(member: StaffMember, group: CustomerGroup, limits: Sequence[ApproverScope]) -> dict[str, object]:
    """A member with the limits that concern this group."""
    own = [limit for limit in limits if limit.staff_member_id == member.id]
    here = [limit for limit in own if limit.group_id in (None, group.id)]
    return {"member": member, "is_free": not own, "limits": here}
