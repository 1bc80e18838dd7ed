"""One customer: the head of every page about them, and the tab that was asked for."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.backoffice import customer_words as words
from portal.backoffice.customers import security, tabs, tags
from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.backoffice.customers.tabs import Tab
from portal.customers import queries as customers
from portal.customers.models import Customer
from portal.customers.rules import numbers
from portal.customers.service.looks import note_look
from portal.groups import queries as groups
from portal.staff.guards import staff_required, the_member
from portal.staff.rules import Permission, initials

showing = Blueprint("customer_page", __name__, url_prefix=PATH)


@showing.get("/<number>")
@staff_required(Permission.CUSTOMER_VIEW)
def show(number: str) -> ResponseReturnValue:
    customer, member = find(number), the_member()
    note_look(customer.id, member.id, member.name)
    return page(customer, request.args.get("tab", ""))


def page(customer: Customer, name: str, **more: Any) -> str:
    """The page of a customer with one of its tabs open, the first one where there is none of this name."""
    visible = tabs.visible()
    tab = next((tab for tab in visible if tab.name == name), visible[0])
    shown = {"values": {}, "errors": {}} | tab.shown(customer) | more
    return render_template(f"backoffice/customers/tabs/{tab.name}.html", **_head(customer, visible, tab), **shown)


def _head(customer: Customer, visible: list[Tab], open_one: Tab) -> dict[str, Any]:
    path = f"{PATH}/{customer.number}"
    memberships = groups.memberships(customer.id)
    return {
        "customer": customer,
        "number": numbers.shown(customer.number),
        "initials": initials(customer.name),
        "photo": customers.photo_of(customer.id),
        "status": words.STATUS[customer.status],
        "group": next((one.group for one in memberships if one.is_preferred), None),
        "groups": [one.group for one in memberships],
        "telephone": words.telephone(customer),
        "tabs": [(tab.label, path if tab is visible[0] else f"{path}?tab={tab.name}") for tab in visible],
        "tab": open_one.label,
        "path": path,
        "pending": security.pending(customer),
        **tags.shown(customer),
    }
