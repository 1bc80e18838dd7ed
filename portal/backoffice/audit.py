"""Read the trail."""

from datetime import timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.audit import queries
from portal.backoffice import acts, listing
from portal.customers import queries as customers
from portal.foundation.forms import query_text
from portal.foundation.pages import start_of
from portal.foundation.text import _
from portal.staff.guards import staff_required
from portal.staff.rules import Permission

PATH = "/staff/audit"
MOST_PERSONS = 50  # of one name, whose entries are looked for
audit = Blueprint("audit", __name__, url_prefix=PATH)


@audit.get("")
@staff_required(Permission.AUDIT_VIEW)
def show() -> ResponseReturnValue:
    """Every act of weight, newest first."""
    sought = {name: query_text(request.args, name) for name in ("q", "verb", "since", "until")}
    since, until = listing.day(sought["since"]), listing.day(sought["until"])
    page = queries.entries(
        who=sought["q"],
        persons=_persons(sought["q"]),
        verb=sought["verb"],
        since=start_of(since) if since else None,
        until=start_of(until + timedelta(days=1)) if until else None,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
    )
    verbs = [("", _("All")), *acts.choices()]
    words = {
        "q": sought["q"],
        "verb": acts.in_words(sought["verb"]),
        "since": _("from %(day)s", day=sought["since"]),
        "until": _("to %(day)s", day=sought["until"]),
    }
    return render_template(
        "backoffice/audit/list.html",
        page=page,
        sought=sought,
        acts=acts,
        verb_options=verbs,
        on=listing.chips(PATH, sought, words),
        **listing.neighbours(PATH, sought, page),
    )


def _persons(name: str) -> dict[str, list[int]]:
    """Customers of this name and their accounts: in the trail itself their words are sealed."""
    if not name:
        return {}
    found = customers.find(name, size=MOST_PERSONS).rows
    accounts = [customer.account_id for customer in found if customer.account_id is not None]
    return {"customer": [customer.id for customer in found], "account": accounts}
