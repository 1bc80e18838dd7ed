"""The decision on one application: yes, no with a reason, a question; and taking it back."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.backoffice.approvals import filters
from portal.backoffice.approvals.filters import PATH
from portal.backoffice.approvals.queue import ONE, found, page
from portal.foundation import form_keys
from portal.foundation.text import _
from portal.groups import queries, rules
from portal.groups.errors import AlreadyDecided, SecondApproverNeeded
from portal.groups.forms import DecisionForm
from portal.groups.models import Application
from portal.groups.service import deciding as service
from portal.groups.service import reasons, steps
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

deciding = Blueprint("approval_decisions", __name__, url_prefix=PATH)


@deciding.post(ONE)
@staff_required(Permission.CUSTOMER_APPROVE)
def decide(number: int) -> ResponseReturnValue:
    """Decide once; the next application opens by itself."""
    form, sought, row = DecisionForm(), filters.read(), found(number)
    if not form.validate():
        return _mend(row, form), 422
    key = form_keys.first_use(form.form_key.data or "")
    if key is None:
        return redirect(sought.at(form_keys.led_to(form.form_key.data or "") or f"{PATH}/{number}"), 303)
    try:
        decided = _decide(number, form)
    except (AlreadyDecided, SecondApproverNeeded) as refusal:
        return page(row, refusal=str(refusal)), 409
    following = queries.next_waiting(decided, sought.wanted)
    key.led_to = f"{PATH}/{following.id}" if following is not None else PATH
    return redirect(sought.at(key.led_to), 303)


@deciding.post(f"{ONE}/undo")
@staff_required(Permission.CUSTOMER_APPROVE)
def undo(number: int) -> ResponseReturnValue:
    row = service.undo(found(number).id, by=acting_member())
    flash(_("The decision on %(name)s is taken back. The customer never heard of it.", name=row.customer.name), "ok")
    return redirect(filters.read().at(f"{PATH}/{number}"), 303)


@deciding.get(f"{ONE}/decline")
@staff_required(Permission.CUSTOMER_APPROVE)
def ask_reason(number: int) -> ResponseReturnValue:
    return _decline_page(found(number), DecisionForm(formdata=None))


@deciding.post(f"{ONE}/decline")
@staff_required(Permission.CUSTOMER_APPROVE)
def preview(number: int) -> ResponseReturnValue:
    """Show what the customer would read; nothing is decided."""
    form = DecisionForm()
    status = 200 if form.validate() else 422
    return _decline_page(found(number), form), status


@deciding.get(f"{ONE}/ask")
@staff_required(Permission.CUSTOMER_APPROVE)
def ask_question(number: int) -> ResponseReturnValue:
    return _question_page(found(number), DecisionForm(formdata=None))


def _mend(row: Application, form: DecisionForm) -> str:
    if form.decision.data == "decline":
        return _decline_page(row, form)
    return _question_page(row, form) if form.decision.data == "ask" else page(row, errors=form.words)


def _decide(number: int, form: DecisionForm) -> Application:
    by = acting_member()
    if form.decision.data == "approve":
        decided = service.approve(number, by=by)
        words = _("%(name)s is in %(group)s now and gets an email about it.", **_names(decided))
        if decided.is_open:
            words = _("First approval for %(name)s noted. Somebody else has to give the second.", **_names(decided))
    elif form.decision.data == "decline":
        decided = service.decline(number, reason=form.told, by=by, again_after=form.again_after, releases=form.releases)
        words = _("%(name)s is declined for %(group)s and gets an email with the reason.", **_names(decided))
    else:
        decided = service.ask_for_more(number, question=form.text("message"), by=by)
        words = _("%(name)s gets an email with your question.", name=decided.customer.name)
    if not decided.is_pending:  # what can be taken back stands above the queue, with the button for it
        flash(words, "ok")
    return decided


def _names(row: Application) -> dict[str, object]:
    return {"name": row.customer.name, "group": row.group.name}


def reason_choices() -> list[tuple[str, str]]:
    """The list to choose a reason from."""
    return [("", _("Choose a reason")), *reasons.choices(), (rules.OWN, _("Only my own words"))]


def _decline_page(row: Application, form: DecisionForm) -> str:
    return render_template(
        "backoffice/approvals/decline.html",
        row=row,
        query=filters.read().query,
        typed=form.typed,
        errors=form.words,
        reasons=reason_choices(),
        longest=rules.LONGEST_MESSAGE,
        told=form.told if request.method == "POST" and not form.errors else "",
        again=again_in_words(form) if request.method == "POST" and not form.errors else "",
        releases=form.releases,
        may_release=steps.held(row.customer) is not None,
        decision=steps.decision_of(row),
    )


def again_in_words(form: DecisionForm) -> str:
    """What the mail says about applying again."""
    after = form.again_after
    if after is None:
        return _("We take no more applications of yours for this group.")
    return _("You can apply again in %(time)s.", time=rules.span(after)) if after else _("You can apply again.")


def _question_page(row: Application, form: DecisionForm) -> str:
    return render_template(
        "backoffice/approvals/ask.html",
        row=row,
        query=filters.read().query,
        typed=form.typed,
        errors=form.words,
        longest=rules.LONGEST_MESSAGE,
        decision=steps.decision_of(row),
        asked=not form.errors,
    )
