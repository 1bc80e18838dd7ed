"""The list of reasons for saying no, as the shop keeps it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.backoffice.approvals.filters import PATH
from portal.foundation.text import _
from portal.groups import queries
from portal.groups.errors import ReasonTaken
from portal.groups.forms import ReasonForm
from portal.groups.service import reasons as service
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

reasons = Blueprint("approval_reasons", __name__, url_prefix=f"{PATH}/reasons")
ONE = "/<int:reason_id>"


@reasons.get("")
@staff_required(Permission.GROUP_VIEW)
def show() -> ResponseReturnValue:
    return _page(ReasonForm(formdata=None))


@reasons.post("")
@staff_required(Permission.GROUP_MODIFY)
def add() -> ResponseReturnValue:
    form = ReasonForm()
    if not form.validate():
        return _page(form), 422
    try:
        service.add(form.text("sentence"), by=acting_member())
    except ReasonTaken as refusal:
        form.refuse("sentence", refusal)
        return _page(form), 422
    return _done(_("Reason added."))


@reasons.get(ONE)
@staff_required(Permission.GROUP_MODIFY)
def edit(reason_id: int) -> ResponseReturnValue:
    row = service.find(reason_id)
    return _edit_page(reason_id, ReasonForm(formdata=None, data={"sentence": row.words}))


@reasons.post(ONE)
@staff_required(Permission.GROUP_MODIFY)
def change(reason_id: int) -> ResponseReturnValue:
    form = ReasonForm()
    if not form.validate():
        return _edit_page(reason_id, form), 422
    try:
        service.change(reason_id, form.text("sentence"), by=acting_member())
    except ReasonTaken as refusal:
        form.refuse("sentence", refusal)
        return _edit_page(reason_id, form), 422
    return _done(_("Reason saved."))


@reasons.post(f"{ONE}/move")
@staff_required(Permission.GROUP_MODIFY)
def move(reason_id: int) -> ResponseReturnValue:
    service.move(reason_id, up=request.form.get("direction") == "up")
    return redirect(url_for(".show"), 303)


@reasons.post(f"{ONE}/remove")
@staff_required(Permission.GROUP_MODIFY)
def remove(reason_id: int) -> ResponseReturnValue:
    service.remove(reason_id, by=acting_member())
    return _done(_("Reason removed. Who was declined with it keeps it."))


def _done(words: str) -> ResponseReturnValue:
    flash(words, "ok")
    return redirect(url_for(".show"), 303)


def _page(form: ReasonForm) -> str:
    return render_template(
        "backoffice/approvals/reasons.html", reasons=queries.reasons(), typed=form.typed, errors=form.words
    )


def _edit_page(reason_id: int, form: ReasonForm) -> str:
    return render_template("backoffice/approvals/reason.html", reason_id=reason_id, typed=form.typed, errors=form.words)
