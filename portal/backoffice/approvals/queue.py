"""The queue of applications, and one of them with everything that helps to decide."""

from collections.abc import Sequence

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.backoffice import listing
from portal.backoffice.approvals import checks, filters
from portal.backoffice.approvals.filters import PATH
from portal.backoffice.customers import reach
from portal.customers import custom_queries
from portal.customers.service import custom_values
from portal.foundation.clock import now
from portal.foundation.errors import NotAllowed, NotFound
from portal.foundation.pagination import COUNTED
from portal.foundation.text import _, plural
from portal.groups import queries, rules
from portal.groups.models import Application, ApplicationEvent
from portal.groups.service import steps
from portal.staff.guards import acting_member, staff_required, stores_for, the_member
from portal.staff.rules import Permission

ONE = "/<int:number>"
approvals = Blueprint("approvals", __name__, url_prefix=PATH)


@approvals.get("")
@staff_required(Permission.CUSTOMER_APPROVE)
def show() -> ResponseReturnValue:
    """The queue; where there is room, the oldest application beside it."""
    return page(None)


@approvals.get(ONE)
@staff_required(Permission.CUSTOMER_APPROVE)
def open_one(number: int) -> ResponseReturnValue:
    return page(found(number))


def found(number: int) -> Application:
    """An application that the member at work decides about.

    Raises:
        NotFound: there is none of this number.
        NotAllowed: it belongs to another group or store.
    """
    row = queries.application(number)
    if row is None or not reach.reaches(row.customer):
        raise NotFound(_("There is no such application. Look in the queue."))
    if not queries.may_decide(the_member().id, row.id):
        raise NotAllowed(_("You decide about other groups or stores. Somebody else has to decide about this one."))
    return row


def page(row: Application | None, *, refusal: str = "", errors: dict[str, str] | None = None) -> str:
    """The queue with one application beside it: the one that was opened, else the oldest."""
    sought = filters.read()
    rows = queries.waiting(sought.wanted, after=sought.after, before=sought.before)
    if not rows.rows and (sought.after or sought.before):
        rows = queries.waiting(sought.wanted)
    detail = row or next(iter(rows.rows), None)
    return render_template(
        "backoffice/approvals/queue.html",
        page=rows,
        row=detail,
        alone=row is None,
        head=how_many(queries.count_waiting(sought.wanted), found=bool(sought.filters)),
        waits=in_figures(queries.for_member(the_member())),
        late=lambda other: rules.is_late(other, now()),
        undoable=_undoable(),
        refusal=refusal,
        errors=errors or {},
        **around(sought),
        **listing.neighbours(PATH, sought.filters, rows),
        **_about(detail),
    )


def around(sought: filters.Sought) -> dict[str, object]:
    """What every page of the queue shows of its filters."""
    return {
        "query": sought.query,
        "sought": {**dict.fromkeys(filters.NAMES, ""), **sought.filters},
        "choices": filters.choices(),
        "on": listing.chips(PATH, sought.filters, sought.words),
    }


def _undoable() -> Sequence[Application]:
    """One's own decisions that can be taken back; a namesake's only of whom one decides about, too."""
    stores = stores_for(Permission.CUSTOMER_APPROVE)
    return queries.undoable_of(acting_member().name, member_id=the_member().id, stores=stores)


def _about(row: Application | None) -> dict[str, object]:
    if row is None:
        return {}
    reach.about(row.customer)
    return {
        "state": rules.words_of(row.state),
        "decision": steps.decision_of(row),
        "can_undo": rules.can_be_undone(row, now()),
        "standing": queries.preferred_group(row.customer_id),
        "answers": custom_values.told(custom_queries.answers_of(row.id)),
        "member_of": [membership.group.name for membership in queries.memberships(row.customer_id)],
        "checks": checks.of(row),
        "is_mine": row.seconded_at is not None and row.seconded_by_id == the_member().id,
        "earlier": [other for other in queries.applications(row.customer_id) if other.id < row.id],
        "history": [_told(event) for event in reversed(row.events)],
        "promise": rules.promise(row.group.answer_within),
    }


def _told(event: ApplicationEvent) -> dict[str, object]:
    """A step as the timeline takes it."""
    return {
        "what": str(rules.STEPS_IN_WORDS[event.step]),
        "when": event.at,
        "kind": rules.STEP_KINDS.get(event.step, ""),
        "who": event.who,
        "quote": event.reason,
    }


def in_figures(wanted: queries.Wanted) -> str:
    """How long those applicants waited lately, in one line; empty when nobody decided anything."""
    waits = queries.waits(wanted)
    if waits is None:
        return ""
    return _(
        "Last 30 days: %(decided)s decided, half of them within %(median)s, the longest after %(longest)s; "
        "%(percent)s%% as soon as promised.",
        decided=f"{waits.decided:,}",
        median=rules.span(waits.median),
        longest=rules.span(waits.longest),
        percent=waits.in_time * 100 // waits.decided,
    )


def how_many(number: int, *, found: bool) -> str:
    """The count of the queue in words."""
    if number > COUNTED:
        return _("More than %(n)s waiting · oldest first", n=f"{COUNTED:,}")
    if found:
        return plural("%(num)s found · oldest first", "%(num)s found · oldest first", number)
    return plural("%(num)s waiting · oldest first", "%(num)s waiting · oldest first", number)
