"""Tags of a customer, put on and taken off in the head of their page."""

from typing import Any

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.customers import custom_queries
from portal.customers.errors import TagNotTaken
from portal.customers.models import Customer
from portal.customers.service import tags
from portal.foundation.forms import query_text
from portal.foundation.text import _
from portal.staff.guards import acting_member, may, staff_required
from portal.staff.rules import Permission

LONGEST_LINE = 2000  # characters of tags typed at once

customer_tags = Blueprint("customer_tags", __name__, url_prefix=f"{PATH}/<number>/tags")


def shown(customer: Customer) -> dict[str, Any]:
    """What the head of a customer's page needs."""
    known = custom_queries.tags_to_choose() if may(Permission.CUSTOMER_MODIFY) else []
    mine = custom_queries.tags_of(customer.id)
    return {"tags": mine, "tags_to_choose": [tag.name for tag in known if tag not in mine]}


@customer_tags.post("")
@staff_required(Permission.CUSTOMER_MODIFY)
def add(number: str) -> ResponseReturnValue:
    customer = find(number)
    try:
        added = tags.add(customer, query_text(request.form, "tags", LONGEST_LINE), by=acting_member())
    except TagNotTaken as refusal:
        flash(str(refusal), "bad")
    else:
        flash(_("Tagged: %(tags)s.", tags=", ".join(added)) if added else _("No new tag was typed."), "ok")
    return redirect(f"{PATH}/{customer.number}", 303)


@customer_tags.post("/<int:tag_id>/remove")
@staff_required(Permission.CUSTOMER_MODIFY)
def remove(number: str, tag_id: int) -> ResponseReturnValue:
    customer = find(number)
    tags.take_away(customer, tag_id, by=acting_member())
    flash(_("Tag taken off."), "ok")
    return redirect(f"{PATH}/{customer.number}", 303)
