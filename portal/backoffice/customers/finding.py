"""The list of customers: one box, filters in the address, pages by key, in the columns that a member chose."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.backoffice import listing
from portal.backoffice.customers import choices, columns, filters, reach
from portal.backoffice.customers.columns import Column
from portal.backoffice.customers.filters import Filters
from portal.backoffice.customers.lines import lines_of
from portal.customers import queries as customers
from portal.customers.queries import Found
from portal.foundation.forms import query_text
from portal.foundation.text import _, plural
from portal.staff import guards, saved_views
from portal.staff.guards import staff_required, the_member
from portal.staff.rules import Permission
from portal.staff.saved_views import View
from portal.stores.models import ONLINE

PATH = "/staff/customers"
SIZE = 50

finding = Blueprint("customer_list", __name__, url_prefix=PATH)


@dataclass(frozen=True)
class Looked:
    """What an address of the list asks for: the filters, the saved view that is open, the columns to show."""

    sought: Filters
    view: View | None
    views: list[View]
    columns: list[Column]


@finding.get("")
@staff_required(Permission.CUSTOMER_VIEW)
def show() -> ResponseReturnValue:
    looked = look()
    sought = looked.sought
    found = customers.find(
        sought.values.get("q", ""),
        reach.within(),
        *sought.conditions,
        sort=sought.sort,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=SIZE,
        known_as=(guards.scope(), *sorted((name, value) for name, value in sought.only.items() if name != "q")),
        signed_in_before=sought.signed_in_before,
    )
    return render_template(
        "backoffice/customers/list.html",
        rows=lines_of(found.rows, looked.columns),
        sought=sought,
        looked=looked,
        on=listing.chips(PATH, sought.values, sought.said),
        total=total(found.count, is_about=found.is_about),
        unsorted=bool("sort" in sought.values and not found.in_order),
        heads=_heads(looked, found),
        asked=[(one, tuple(one.choices()) if one.choices else None) for one in filters.FILTERS if one.asked],
        sees_registrations=choices.is_within(ONLINE),
        here=listing.address("", sought.values),
        **listing.neighbours(PATH, sought.values, found.page),
    )


def look() -> Looked:
    """Read the address of this request as the list does; other pages of the list keep the same address."""
    args = request.args
    asked = {name: query_text(args, name) for name in filters.names()}
    sought, member = filters.read_within_reach(asked), the_member()
    views = saved_views.of_member(member.id)
    view = next((one for one in views if str(one.id) == asked["view"]), None)
    if view is not None:
        sought.values["view"] = asked["view"]
    elif asked["view"]:
        sought.ignored.append(f"view={asked['view']}")
    names = view.columns if view is not None and view.columns else member.list_columns.split()
    return Looked(sought, view, views, columns.chosen(names))


def total(count: int, *, is_about: bool = False) -> str:
    """How many there are, in words that say whether they were counted."""
    if is_about:
        return _("About %(n)s customers", n=f"{count:,}")
    return plural("%(n)s customer", "%(n)s customers", count, n=f"{count:,}")


def _heads(looked: Looked, found: Found) -> list[dict[str, Any]]:
    """The heads of the columns; those of an order with its direction now, and where a press on it leads."""
    heads = []
    for column in (columns.NAME, *looked.columns):
        head: dict[str, Any] = {"key": column.name, "label": column.label, "at": column.at}
        if column.sort:
            head |= {"id": f"sort-{column.name}"} | _turned(column.sort, looked.sought, in_order=found.in_order)
        heads.append(head)
    return heads


def _turned(name: str, sought: Filters, *, in_order: bool) -> dict[str, str]:
    now = {name: "asc", f"-{name}": "desc"}.get(sought.sort, "none") if in_order else "none"
    first = f"-{name}" if name == "created" else name
    turned = {"asc": f"-{name}", "desc": name}.get(now, first)
    kept = {} if turned == customers.NEWEST_FIRST else {"sort": turned}
    values = {key: value for key, value in sought.values.items() if key != "sort"}
    return {"sort": now, "href": listing.address(PATH, values, **kept)}
