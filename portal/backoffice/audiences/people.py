"""Who gets the newsletters: audiences, their subscribers, and the list as a file."""

from collections.abc import Iterator

import sqlalchemy as sa
from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required
from portal.audit import service as audit
from portal.audit.service import Subject
from portal.backoffice import listing
from portal.backoffice.audiences.finding import PATH, audience_of, segment_of, tabs
from portal.foundation import csvfile, database
from portal.foundation.errors import NotFound
from portal.foundation.forms import query_text
from portal.foundation.text import _
from portal.newsletter import queries, rules
from portal.newsletter.models import Audience, SubscriptionState
from portal.newsletter.queries import segments, subscribers
from portal.newsletter.queries.subscribers import Sought
from portal.newsletter.service import segments as segmenting
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission
from portal.transfers.service import permitting

ALL = "all"
HEADER = ("email", "state", "since", "customer_number", "first_name", "last_name")

audiences = Blueprint("audiences", __name__, url_prefix=PATH)


@audiences.get("")
@staff_required(Permission.AUDIENCE_VIEW)
def show_all() -> ResponseReturnValue:
    rows = queries.audiences()
    return render_template(
        "backoffice/audiences/list.html", rows=rows, counts=queries.counts(), segments=segments.numbers()
    )


@audiences.get("/<int:audience_id>")
@staff_required(Permission.AUDIENCE_VIEW)
def show(audience_id: int) -> ResponseReturnValue:
    audience, path = audience_of(audience_id), f"{PATH}/{audience_id}"
    sought, values = _sought(audience_id)
    page = subscribers.page(sought, after=request.args.get("after", ""), before=request.args.get("before", ""))
    return render_template(
        "backoffice/audiences/subscribers.html",
        audience=audience,
        tabs=tabs(audience),
        page=page,
        customers=subscribers.customers_of(page.rows),
        values=values,
        states=_states(audience_id),
        words=rules.STATE_WORDS,
        kinds=rules.STATE_KINDS,
        on=listing.chips(path, values, {"q": values["q"]}),
        export=listing.address(f"{path}/export.csv", values),
        **listing.neighbours(path, values, page),
    )


@audiences.get("/<int:audience_id>/export.csv")
@staff_required(Permission.AUDIENCE_EXPORT)
@fresh_sign_in_required
def export(audience_id: int) -> ResponseReturnValue:
    """Exactly the people that the page shows, streamed while they are read."""
    audience, (sought, values) = audience_of(audience_id), _sought(audience_id)
    _let_out(audience, sought, values)
    file = csvfile.written(HEADER, _rows(sought))
    response = Response(stream_with_context(file), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{audience.slug}-{values["state"]}.csv"'
    return response


@audiences.get("/<int:audience_id>/segments/<int:segment_id>/export.csv")
@staff_required(Permission.AUDIENCE_EXPORT)
@fresh_sign_in_required
def export_segment(audience_id: int, segment_id: int) -> ResponseReturnValue:
    """Who of a segment may be mailed now, streamed while they are read."""
    audience, segment = audience_of(audience_id), segment_of(segment_id)
    if segment.audience_id != audience_id:
        raise NotFound(_("There is no such segment. Look in the list of its audience."))
    mailable = sa.and_(segmenting.condition(segment), ~segments.is_suppressed())
    sought = Sought(audience_id, further=mailable)
    _let_out(audience, sought, {"state": f"segment {segment.name}", "q": ""})
    file = csvfile.written(HEADER, _rows(sought))
    response = Response(stream_with_context(file), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{audience.slug}-segment-{segment.id}.csv"'
    return response


def _sought(audience_id: int) -> tuple[Sought, dict[str, str]]:
    """What the address asks for; a state that nobody knows counts as the usual one."""
    state, term = request.args.get("state", ""), query_text(request.args, "q")
    if state == ALL:
        return Sought(audience_id, None, term), {"q": term, "state": ALL}
    known = SubscriptionState(state) if state in set(SubscriptionState) else SubscriptionState.ACTIVE
    return Sought(audience_id, known, term), {"q": term, "state": known.value}


def _states(audience_id: int) -> list[tuple[str, str]]:
    """The states to choose from, each with how many are in it."""
    counts = queries.counts([audience_id]).get(audience_id, {})
    known = [(state.value, said, counts.get(state, 0)) for state, said in rules.STATE_WORDS.items()]
    every = (ALL, _("All"), sum(counts.values()))
    return [(value, f"{said} ({number:,})") for value, said, number in [*known, every]]


def _let_out(audience: Audience, sought: Sought, values: dict[str, str]) -> None:
    """Note the export, unless there are more than one member takes out alone."""
    number = subscribers.count(sought)
    permitting.hold_back(number)
    if request.method != "GET":  # HEAD hands out nothing
        return
    by, subject = acting_member(), Subject("audience", audience.id, audience.name)
    changes = {"rows": (None, number), "state": (None, values["state"]), "search": (None, values["q"] or None)}
    database.note(lambda: audit.record("audience.exported", subject, by=by, changes=changes))


def _rows(sought: Sought) -> Iterator[tuple[csvfile.Value, ...]]:
    for row in subscribers.exported(sought):
        yield (row.email, row.state.value, row.changed_at, row.number, row.first_name, row.last_name)
