"""Read the trail."""

from datetime import timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.audit import queries
from portal.backoffice import acts, listing
from portal.foundation.forms import query_text
from portal.foundation.pages import start_of
from portal.foundation.text import _
from portal.staff.guards import staff_required
from portal.staff.rules import Permission

PATH = "/staff/audit"
audit = Blueprint("audit", __name__, url_prefix=PATH)


@audit.get("")
@staff_required(Permission.AUDIT_VIEW)
def show() -> ResponseReturnValue:
    """Every act of weight, newest first."""
    sought = {name: query_text(request.args, name) for name in ("q", "verb", "since", "until")}
    since, until = listing.day(sought["since"]), listing.day(sought["until"])
    page = queries.entries(
        who=sought["q"],
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
