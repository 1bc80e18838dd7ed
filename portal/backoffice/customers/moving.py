"""A change of address that waits: approved by a second member, its link sent again, or cancelled."""

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required
from portal.accounts.models import EmailChange
from portal.accounts.service import email_change as service
from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.customers.models import Customer
from portal.foundation.errors import Expired
from portal.foundation.text import _
from portal.staff import queries as staff
from portal.staff.guards import acting_member, staff_required, the_member
from portal.staff.rules import Permission

moving = Blueprint("customer_moving", __name__, url_prefix=f"{PATH}/<number>/address-change/<int:change_id>")


@moving.post("/approve")
@staff_required(Permission.CUSTOMER_VERIFY)
@fresh_sign_in_required
def approve(number: str, change_id: int) -> ResponseReturnValue:
    """The word of a member who did not ask; of the same one where nobody else could give it."""
    customer, change = _found(number, change_id)
    member = the_member()
    alone = not staff.others_who_may(Permission.CUSTOMER_VERIFY, member, [store.id for store in customer.stores])
    service.approve(change, member.id, acting_member(), alone=alone)
    return _done(customer, _("The change to %(email)s is approved.", email=change.new_email))


@moving.post("/again")
@staff_required(Permission.CUSTOMER_VERIFY)
def send_again(number: str, change_id: int) -> ResponseReturnValue:
    customer, change = _found(number, change_id)
    service.send_again(change)
    return _done(customer, _("The link is on its way to %(email)s again.", email=change.new_email))


@moving.post("/cancel")
@staff_required(Permission.CUSTOMER_MODIFY)
def cancel(number: str, change_id: int) -> ResponseReturnValue:
    customer, change = _found(number, change_id)
    service.cancel(change, acting_member())
    return _done(customer, _("The change is cancelled. The address stays as it is."))


def _found(number: str, change_id: int) -> tuple[Customer, EmailChange]:
    customer = find(number)
    change = service.pending_change(customer.account) if customer.account is not None else None
    if change is None or change.id != change_id:
        raise Expired(_("This change is over: it was made, stopped, replaced by another one, or ran out after 7 days."))
    return customer, change


def _done(customer: Customer, words: str) -> ResponseReturnValue:
    flash(words, "ok")
    return redirect(f"{PATH}/{customer.number}?tab=security", 303)
