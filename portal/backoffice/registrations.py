"""Who registered and has not pressed the mailed link: no customers yet, so there is nothing to edit."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts import queries
from portal.accounts.service.registration import send_link
from portal.audit.service import Subject, record
from portal.backoffice import listing
from portal.backoffice.customers import reach
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission
from portal.stores import queries as stores

PATH = "/staff/registrations"
registrations = Blueprint("registrations", __name__, url_prefix=PATH)


@registrations.get("")
@staff_required(Permission.CUSTOMER_VIEW)
def show() -> ResponseReturnValue:
    _refuse_from_elsewhere()
    page = queries.unconfirmed(after=request.args.get("after", ""), before=request.args.get("before", ""))
    return render_template("backoffice/registrations/list.html", page=page, **listing.neighbours(PATH, {}, page))


@registrations.post("/<int:registration_id>/again")
@staff_required(Permission.CUSTOMER_MODIFY)
def send_again(registration_id: int) -> ResponseReturnValue:
    _refuse_from_elsewhere()
    registration = queries.registration(registration_id)
    if registration is None:
        raise NotFound(_("This registration was confirmed, or has run out."))
    send_link(registration)
    name = _("Registration %(id)s", id=registration.id)
    record("registration.link_sent", Subject("registration", registration.id, name), by=acting_member())
    flash(_("A link is on its way to %(email)s.", email=registration.email), "ok")
    return redirect(PATH, 303)


def _refuse_from_elsewhere() -> None:
    """Who registers becomes a customer of the first store; members of other stores have nothing to do with them yet."""
    if not reach.is_within(stores.online()):
        raise NotFound(_("This registration was confirmed, or has run out."))
