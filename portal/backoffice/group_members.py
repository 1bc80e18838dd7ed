"""Who is in a group: listed, given its terms, taken out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.backoffice import listing
from portal.backoffice.customers import reach
from portal.backoffice.customers.editing import find
from portal.backoffice.groups import found
from portal.foundation.forms import query_text
from portal.foundation.text import _
from portal.groups import queries
from portal.groups.service import applications, memberships
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

PATH = "/staff/groups/<int:group_id>/members"
group_members = Blueprint("group_members", __name__, url_prefix=PATH)


@group_members.get("")
@staff_required(Permission.CUSTOMER_VIEW)
def show(group_id: int) -> ResponseReturnValue:
    group = found(group_id)
    places = {name: query_text(request.args, name) for name in ("after", "before")}
    page = queries.members(group.id, reach.within(), **places)
    return render_template(
        "backoffice/groups/members.html",
        group=group,
        page=page,
        head=listing.figure(queries.count_of_members(group.id, reach.within())),
        **listing.neighbours(url_for(".show", group_id=group.id), {}, page),
    )


@group_members.post("/<number>/prefer")
@staff_required(Permission.CUSTOMER_MODIFY)
def prefer(group_id: int, number: str) -> ResponseReturnValue:
    member, group = find(number), found(group_id)
    applications.set_group(member, group.id, by=acting_member())
    flash(_("%(name)s has the terms of %(group)s now.", name=member.name, group=group.name), "ok")
    return redirect(url_for(".show", group_id=group.id), 303)


@group_members.post("/<number>/remove")
@staff_required(Permission.CUSTOMER_MODIFY)
def remove(group_id: int, number: str) -> ResponseReturnValue:
    member, group = find(number), found(group_id)
    memberships.take_out(member, group.id, by=acting_member())
    flash(_("%(name)s is in %(group)s no more.", name=member.name, group=group.name), "ok")
    return redirect(url_for(".show", group_id=group.id), 303)
