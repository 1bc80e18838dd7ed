"""Changes of address that staff asked for and that wait for the word of a second member."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.backoffice.customers import reach
from portal.customers import queries as customers
from portal.staff import queries as staff
from portal.staff.guards import staff_required
from portal.staff.rules import Permission

address_changes = Blueprint("address_changes", __name__, url_prefix="/staff/address-changes")


@address_changes.get("")
@staff_required(Permission.CUSTOMER_VERIFY)
def show() -> ResponseReturnValue:
    rows = [
        {"change": change, "customer": customer, "asked_by": staff.by_id(change.asked_by or 0)}
        for change, customer in customers.moves_to_approve(reach.within())
    ]
    return render_template("backoffice/address_changes/list.html", rows=rows)
