"""The list of customers: one box, filters in the address, pages by key."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.backoffice import listing
from portal.backoffice.customers import filters, reach, words
from portal.customers import queries as customers
from portal.customers.models import Customer
from portal.customers.queries import Found
from portal.customers.rules import numbers
from portal.foundation.forms import query_text
from portal.foundation.pagination import COUNTED
from portal.foundation.text import _, plural
from portal.groups import queries as groups
from portal.groups.models import CustomerGroup
from portal.staff.guards import staff_required
from portal.staff.rules import Permission
from portal.stores import queries as stores
from portal.stores.models import ONLINE, Store

PATH = "/staff/customers"
SIZE = 50

finding = Blueprint("customer_list", __name__, url_prefix=PATH)


@finding.get("")
@staff_required(Permission.CUSTOMER_VIEW)
def show() -> ResponseReturnValue:
    known, shops = list(groups.all_groups()), [store for store in stores.every() if reach.is_within(store)]
    asked = {name: query_text(request.args, name) for name in filters.NAMES}
    sought = filters.read(asked, known, shops)
    found = customers.find(
        sought.values.get("q", ""),
        reach.within(),
        *sought.conditions,
        sort=sought.sort,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=SIZE,
    )
    return render_template(
        "backoffice/customers/list.html",
        rows=_rows(found),
        sought=sought,
        on=listing.chips(PATH, sought.values, sought.said),
        total=total(found.count),
        heads=_heads(sought),
        options=_options(known, shops),
        sees_registrations=any(shop.code == ONLINE for shop in shops),
        **listing.neighbours(PATH, sought.values, found.page),
    )


def total(count: int) -> str:
    """How many there are, in words; past COUNTED nobody counts."""
    if count > COUNTED:
        return _("More than %(n)s customers", n=f"{COUNTED:,}")
    return plural("%(n)s customer", "%(n)s customers", count, n=f"{count:,}")


def _rows(found: Found) -> list[dict[str, Any]]:
    names = groups.names_of([customer.id for customer in found.rows])
    return [_row(customer, names.get(customer.id, "")) for customer in found.rows]


def _row(customer: Customer, group: str) -> dict[str, Any]:
    return {
        "id": customer.id,
        "name": customer.name,
        "href": f"{PATH}/{customer.number}",
        "sub": customer.email,
        "number": numbers.shown(customer.number),
        "status": words.STATUS[customer.status],
        "group": group,
        "telephone": words.telephone(customer),
        "created": customer.created_at,
    }


def _heads(sought: filters.Filters) -> dict[str, dict[str, str]]:
    """For each order its direction now, and the address that a press on its head leads to."""
    heads = {}
    for name in customers.SORTS:
        now = {name: "asc", f"-{name}": "desc"}.get(sought.sort, "none")
        first = f"-{name}" if name == "created" else name
        turned = {"asc": f"-{name}", "desc": name}.get(now, first)
        heads[name] = {"sort": now, "href": listing.address(PATH, sought.values, sort=turned)}
    return heads


def _options(known: list[CustomerGroup], shops: list[Store]) -> dict[str, list[tuple[str, str]]]:
    return {
        "status": [("", _("Any status")), *words.status_options()],
        "group": [("", _("Any group")), *((str(group.id), group.name) for group in known)],
        "store": [("", _("Any store")), *((shop.code, shop.name) for shop in shops)],
        "newsletter": [
            ("", _("Any")),
            ("yes", _("Subscribed")),
            ("pending", _("Not confirmed")),
            ("no", _("Not subscribed")),
        ],
    }
