"""The queue of applications and the decision on each."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.backoffice import listing
from portal.backoffice.customers import reach
from portal.customers.rules import numbers
from portal.foundation import form_keys
from portal.foundation.clock import now
from portal.foundation.errors import NotFound
from portal.foundation.forms import query_text
from portal.foundation.pagination import COUNTED
from portal.foundation.text import _, plural
from portal.groups import queries, rules
from portal.groups.errors import AlreadyDecided
from portal.groups.forms import DecisionForm
from portal.groups.models import Application
from portal.groups.queries import Wanted
from portal.groups.service import applications
from portal.staff.guards import acting_member, scope, staff_required
from portal.staff.rules import Permission

PATH = "/staff/approvals"
ONE = "/<int:number>"
approvals = Blueprint("approvals", __name__, url_prefix=PATH)


@approvals.get("")
@staff_required(Permission.CUSTOMER_APPROVE)
def show() -> ResponseReturnValue:
    """The queue; where there is room, the oldest application beside it."""
    return _page(None)


@approvals.get(ONE)
@staff_required(Permission.CUSTOMER_APPROVE)
def open_one(number: int) -> ResponseReturnValue:
    return _page(_found(number))


@approvals.post(ONE)
@staff_required(Permission.CUSTOMER_APPROVE)
def decide(number: int) -> ResponseReturnValue:
    """Decide once; the next application opens by itself."""
    form, found = DecisionForm(), _found(number)
    if not form.validate():
        page = _decline_page(found, form) if form.decision.data == "decline" else _page(found, errors=form.words)
        return page, 422
    key = form_keys.first_use(form.form_key.data or "")
    if key is None:
        return redirect(_address(form_keys.led_to(form.form_key.data or "") or f"{PATH}/{number}"), 303)
    try:
        decided = _decide(number, form)
    except AlreadyDecided as refusal:
        return _page(_found(number), refusal=str(refusal)), 409
    following = queries.next_waiting(decided, _wanted())
    key.led_to = f"{PATH}/{following.id}" if following is not None else PATH
    return redirect(_address(key.led_to), 303)


@approvals.get(f"{ONE}/decline")
@staff_required(Permission.CUSTOMER_APPROVE)
def ask_reason(number: int) -> ResponseReturnValue:
    return _decline_page(_found(number), DecisionForm(formdata=None))


@approvals.post(f"{ONE}/decline")
@staff_required(Permission.CUSTOMER_APPROVE)
def preview(number: int) -> ResponseReturnValue:
    """Show what the customer would read; nothing is decided."""
    form = DecisionForm()
    status = 200 if form.validate() else 422
    return _decline_page(_found(number), form), status


def _decide(number: int, form: DecisionForm) -> Application:
    if form.decision.data == "approve":
        decided = applications.approve(number, by=acting_member())
        words = _("%(name)s is in %(group)s now and gets an email about it.", **_names(decided))
    else:
        decided = applications.decline(number, reason=form.told, by=acting_member())
        words = _("%(name)s is declined for %(group)s and gets an email with the reason.", **_names(decided))
    flash(words, "ok")
    return decided


def _names(row: Application) -> dict[str, object]:
    return {"name": row.customer.name, "group": row.group.name}


def _found(number: int) -> Application:
    row = queries.application(number)
    if row is None or not reach.reaches(row.customer):
        raise NotFound(_("There is no such application. Look in the queue."))
    return row


def _page(row: Application | None, *, refusal: str = "", errors: dict[str, str] | None = None) -> str:
    sought, wanted = _sought(), _wanted()
    after, before = sought["after"], sought["before"]
    page = queries.waiting(wanted, after=after, before=before)
    if not page.rows and (after or before):
        page = queries.waiting(wanted)
    detail = row or next(iter(page.rows), None)
    groups = queries.all_groups()
    words = {
        "q": sought["q"],
        "group": next((group.name for group in groups if group.id == wanted.group_id), ""),
    }
    filters = {"q": sought["q"], "group": sought["group"] if words["group"] else ""}
    return render_template(
        "backoffice/approvals/queue.html",
        page=page,
        row=detail,
        alone=row is None,
        head=_how_many(queries.count_waiting(wanted), found=any(filters.values())),
        query=listing.address("", sought),
        sought=sought,
        groups=[("", _("All")), *((group.id, group.name) for group in groups)],
        on=listing.chips(PATH, filters, words),
        late=lambda other: rules.is_late(other.submitted_at, now()),
        refusal=refusal,
        errors=errors or {},
        shown=numbers.shown,
        **listing.neighbours(PATH, filters, page),
        **_about(detail),
    )


def _about(row: Application | None) -> dict[str, object]:
    if row is None:
        return {}
    reach.about(row.customer)
    return {
        "state": rules.words_of(row.state),
        "decision": applications.decision_of(row),
        "standing": queries.preferred_group(row.customer_id),
        "twins": queries.with_same_telephone(row.customer, reach.within()),
        "earlier": _earlier(row),
    }


def _earlier(row: Application) -> Sequence[Application]:
    return [other for other in queries.applications(row.customer_id) if other.id < row.id]


def _decline_page(row: Application, form: DecisionForm) -> str:
    return render_template(
        "backoffice/approvals/decline.html",
        row=row,
        query=listing.address("", _sought()),
        typed=form.typed,
        errors=form.words,
        reasons=[("", _("Choose a reason")), *rules.REASONS.items(), (rules.OWN, _("Only my own words"))],
        longest=rules.LONGEST_MESSAGE,
        told=form.told if request.method == "POST" and not form.errors else "",
        decision=applications.decision_of(row),
    )


def _sought() -> dict[str, str]:
    return {name: query_text(request.args, name) for name in ("q", "group", "after", "before")}


def _wanted() -> Wanted:
    text = request.args.get("group", "")
    is_number = text.isascii() and text.isdigit() and len(text) < 19
    return Wanted(query_text(request.args, "q"), int(text) if is_number else None, stores=scope())


def _address(path: str) -> str:
    """A page of the queue with what was looked for."""
    return listing.address(path, _sought())


def _how_many(number: int, *, found: bool) -> str:
    if number > COUNTED:
        return _("More than %(n)s waiting · oldest first", n=f"{COUNTED:,}")
    if found:
        return plural("%(num)s found · oldest first", "%(num)s found · oldest first", number)
    return plural("%(num)s waiting · oldest first", "%(num)s waiting · oldest first", number)
