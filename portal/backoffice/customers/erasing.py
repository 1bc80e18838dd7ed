"""Erase a customer, and keep one whose account is closing."""

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required
from portal.backoffice.customers import reach
from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.backoffice.customers.forms import ReasonForm
from portal.customers.models import Customer
from portal.customers.service import closing, erasure
from portal.foundation.errors import NotAllowed
from portal.foundation.text import _
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

erasing = Blueprint("customer_erasing", __name__, url_prefix=f"{PATH}/<number>")


@erasing.get("/erase")
@staff_required(Permission.CUSTOMER_ERASE)
@fresh_sign_in_required
def ask(number: str) -> ResponseReturnValue:
    return _page(_whole(number), ReasonForm(formdata=None))


@erasing.post("/erase")
@staff_required(Permission.CUSTOMER_ERASE)
@fresh_sign_in_required
def erase(number: str) -> ResponseReturnValue:
    customer, form = _whole(number), ReasonForm()
    if not form.validate():
        return _page(customer, form), 422
    erasure.erase(customer, by=acting_member(), reason=form.text("reason"))
    flash(_("Everything about this customer is erased."), "ok")
    return redirect(PATH, 303)


@erasing.post("/keep")
@staff_required(Permission.CUSTOMER_MODIFY)
def keep(number: str) -> ResponseReturnValue:
    customer = find(number)
    closing.keep(customer, by=acting_member())
    flash(_("%(name)s keeps the account.", name=customer.name), "ok")
    return redirect(f"{PATH}/{customer.number}", 303)


def _whole(number: str) -> Customer:
    """A customer about all of whose stores the member at work has a say."""
    customer = find(number)
    if reach.out_of_reach(customer):
        raise NotAllowed(_("This customer belongs to stores of others, too. Ask an owner of the shop."))
    return customer


def _page(customer: Customer, form: ReasonForm) -> str:
    return render_template(
        "backoffice/customers/erase.html",
        customer=customer,
        path=f"{PATH}/{customer.number}",
        values=form.typed,
        errors=form.words,
    )
