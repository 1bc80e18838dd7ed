"""Several applications at once: the list to tick, the page that asks, what became of each."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.backoffice import listing
from portal.backoffice.approvals import filters
from portal.backoffice.approvals.deciding import reason_choices
from portal.backoffice.approvals.filters import PATH
from portal.backoffice.approvals.queue import around, how_many
from portal.backoffice.customers import reach
from portal.foundation import form_keys
from portal.foundation.clock import now
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import queries, rules
from portal.groups.forms import SeveralForm
from portal.groups.models import Application, Approval
from portal.groups.service import bulk
from portal.staff.guards import acting_member, staff_required, the_member
from portal.staff.rules import Permission

LIST = f"{PATH}/list"
several = Blueprint("approval_batches", __name__, url_prefix=PATH)


@several.get("/list")
@staff_required(Permission.CUSTOMER_APPROVE)
def show() -> ResponseReturnValue:
    return _list()


@several.post("/several/approve")
@staff_required(Permission.CUSTOMER_APPROVE)
def ask_approve() -> ResponseReturnValue:
    """Say who would be let in; nothing is decided."""
    return _ask("approve")


@several.post("/several/decline")
@staff_required(Permission.CUSTOMER_APPROVE)
def ask_decline() -> ResponseReturnValue:
    """Ask why, and say who would hear it; nothing is decided."""
    return _ask("decline")


@several.post("/several/approve/done")
@staff_required(Permission.CUSTOMER_APPROVE)
def approve() -> ResponseReturnValue:
    return _decide("approve")


@several.post("/several/decline/done")
@staff_required(Permission.CUSTOMER_APPROVE)
def decline() -> ResponseReturnValue:
    return _decide("decline")


@several.get("/several/<int:number>")
@staff_required(Permission.CUSTOMER_APPROVE)
def result(number: int) -> ResponseReturnValue:
    run = queries.run(number, the_member().id)
    if run is None:
        raise NotFound(_("There is no such result. Look in the queue."))
    found = queries.among(one["application"] for one in run.results)
    rows = {row.id: row for row in found if _is_reached(row)}  # also when a store was taken from the member since
    told = [one | {"row": rows[one["application"]]} for one in run.results if one["application"] in rows]
    return render_template(
        "backoffice/approvals/result.html",
        run=run,
        told=told,
        done=sum(one["ok"] for one in told),
        words_of=rules.words_of,
    )


def _ask(decision: str) -> ResponseReturnValue:
    rows = _ticked()
    if not rows:
        return _nobody()
    return _ask_page(decision, rows, SeveralForm(decision, formdata=None))


def _decide(decision: str) -> ResponseReturnValue:
    form, rows = SeveralForm(decision), _ticked()
    if not rows:
        return _nobody()
    if not form.validate():
        return _ask_page(decision, rows, form), 422
    key = form_keys.first_use(form.form_key.data or "")
    if key is None:
        return redirect(form_keys.led_to(form.form_key.data or "") or LIST, 303)
    chosen, by, member_id = [row.id for row in rows], acting_member(), the_member().id
    if decision == "approve":
        run = bulk.approve_many(chosen, by=by, member_id=member_id)
    else:
        run = bulk.decline_many(
            chosen,
            reason=form.told,
            by=by,
            member_id=member_id,
            again_after=form.again_after,
            releases=form.releases,
        )
    key.led_to = f"{PATH}/several/{run.id}"
    return redirect(key.led_to, 303)


def _nobody() -> ResponseReturnValue:
    return _list(errors={"id": _("Tick the applications that you decide about")}), 422


def _ticked() -> list[Application]:
    """The ticked applications that the member decides about, in whatever state they are now."""
    typed = [text for text in request.form.getlist("id")[: bulk.MOST] if text.isascii() and text.isdigit()]
    member_id = the_member().id
    rows = queries.among({int(text) for text in typed if len(text) <= 10})
    return [row for row in rows if _is_reached(row) and queries.may_decide(member_id, row.id)]


def _is_reached(row: Application) -> bool:
    """Whether the right to approve holds in one of the customer's stores."""
    return any(reach.is_within(store) for store in row.customer.stores)


def _list(errors: dict[str, str] | None = None) -> str:
    sought = filters.read()
    page = queries.waiting(sought.wanted, after=sought.after, before=sought.before, size=bulk.MOST)
    context = around(sought)
    context["on"] = listing.chips(LIST, sought.filters, sought.words)
    return render_template(
        "backoffice/approvals/list.html",
        page=page,
        rows=[_row(row) for row in page.rows],
        head=how_many(queries.count_waiting(sought.wanted), found=bool(sought.filters)),
        errors=errors or {},
        **context,
        **listing.neighbours(LIST, sought.filters, page),
    )


def _row(row: Application) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.customer.name,
        "email": row.customer.email,
        "group": row.group.name,
        "stores": ", ".join(store.name for store in row.customer.stores),
        "sent": row.submitted_at,
        "late": rules.is_late(row, now()),
        "state": rules.words_of(row.state),
        "seconded_by": row.seconded_by,
    }


def _ask_page(decision: str, rows: list[Application], form: SeveralForm) -> str:
    return render_template(
        "backoffice/approvals/several.html",
        decision=decision,
        rows=rows,
        typed=form.typed,
        errors=form.words,
        reasons=reason_choices(),
        longest=rules.LONGEST_MESSAGE,
        may_release=any(row.group.approval is Approval.GATE for row in rows),
        back=filters.read().at(LIST),
        words_of=rules.words_of,
    )
