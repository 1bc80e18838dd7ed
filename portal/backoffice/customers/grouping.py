"""Groups of a customer, on the customer's own page: put into one, given its terms, taken out."""

from typing import Any

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue

from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.backoffice.customers.forms import MoreGroupForm
from portal.backoffice.customers.showing import page
from portal.customers.models import Customer
from portal.foundation.text import _
from portal.groups import queries
from portal.groups.errors import AlreadyMember, ApprovalNeeded
from portal.groups.service import adding, memberships
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

TAB = "groups"
customer_groups = Blueprint("customer_groups", __name__, url_prefix=f"{PATH}/<number>/groups")


@customer_groups.post("")
@staff_required(Permission.CUSTOMER_MODIFY)
def add(number: str) -> ResponseReturnValue:
    customer, form = find(number), MoreGroupForm()
    form.offer(queries.all_groups())  # of one that they are in since the verb says so
    if not form.validate():
        return _again(customer, form), 422
    try:
        group = adding.put_in(
            customer, int(form.text("group")), with_terms=bool(form.with_terms.data), by=acting_member()
        )
    except (AlreadyMember, ApprovalNeeded) as refusal:
        form.refuse("group", refusal)
        return _again(customer, form), 409 if isinstance(refusal, AlreadyMember) else 403
    return _done(customer, _("%(name)s is in the group %(group)s now.", name=customer.name, group=group.name))


@customer_groups.post("/<int:group_id>/prefer")
@staff_required(Permission.CUSTOMER_MODIFY)
def prefer(number: str, group_id: int) -> ResponseReturnValue:
    customer = find(number)
    group = adding.give_terms(customer, group_id, by=acting_member())
    return _done(customer, _("%(name)s has the terms of %(group)s now.", name=customer.name, group=group.name))


@customer_groups.post("/<int:group_id>/remove")
@staff_required(Permission.CUSTOMER_MODIFY)
def remove(number: str, group_id: int) -> ResponseReturnValue:
    customer = find(number)
    group = memberships.take_out(customer, group_id, by=acting_member())
    return _done(customer, _("%(name)s is in %(group)s no more.", name=customer.name, group=group.name))


def _again(customer: Customer, form: MoreGroupForm) -> str:
    typed: dict[str, Any] = form.typed
    return page(customer, TAB, values=typed, errors=form.words)


def _done(customer: Customer, words: str) -> ResponseReturnValue:
    flash(words, "ok")
    return redirect(f"{PATH}/{customer.number}?tab={TAB}", 303)
