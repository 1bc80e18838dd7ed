"""Exports that are asked for with a reason: large ones, which a second member decides about, and masked numbers."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField

from portal.accounts.guards import fresh_sign_in_required
from portal.backoffice import listing
from portal.backoffice.customers.selection import Selection
from portal.backoffice.transfers.exporting import ASKING, FORMATS, as_asked, chosen_by, streamed, wanted_of
from portal.config import settings
from portal.foundation.errors import NotAllowed, NotFound
from portal.foundation.forms import PortalForm, Required, TextField
from portal.foundation.pagination import COUNTED
from portal.foundation.text import _, lazy
from portal.staff import queries as staff
from portal.staff.guards import acting_member, may_everywhere, staff_required, the_member
from portal.staff.rules import Permission
from portal.transfers import queries
from portal.transfers.models import Export, ExportState
from portal.transfers.service import permitting as service

PATH = "/staff/transfers/exports"
REASON_LONGEST = 500

permitting = Blueprint("export_permitting", __name__, url_prefix="/staff/transfers")


class AskForm(PortalForm):
    """What is asked before a file that needs a reason."""

    format = TextField(lazy("Format"))
    masked = BooleanField(lazy("Masked numbers"))
    reason = TextField(lazy("Reason"), Required(lazy("Enter what you need it for")), most=REASON_LONGEST)


class AnswerForm(PortalForm):
    """Why somebody declines."""

    decision = TextField(lazy("Decision"))
    answer = TextField(lazy("Reason"), most=REASON_LONGEST)


@permitting.get("/export")
@staff_required(Permission.CUSTOMER_EXPORT)
@fresh_sign_in_required
def ask() -> ResponseReturnValue:
    return _asking(chosen_by(request.args), AskForm(formdata=None, data={"format": request.args.get("format", "csv")}))


@permitting.post("/export")
@staff_required(Permission.CUSTOMER_EXPORT)
@fresh_sign_in_required
def send() -> ResponseReturnValue:
    chosen, form = chosen_by(request.form), AskForm()
    if not form.validate() or form.text("format") not in FORMATS:
        if form.text("format") not in FORMATS:
            form.refuse("format", _("Choose from the list"))
        return _asking(chosen, form), 422
    revealing = bool(form.masked.data)
    if revealing and not may_everywhere(Permission.CUSTOMER_REVEAL):
        raise NotAllowed(_("Your role doesn’t include showing masked numbers."))
    wanted = replace(wanted_of(chosen, form.text("format")), is_revealing=revealing)
    row = service.ask(wanted, as_asked(chosen), form.text("reason"), by=acting_member())
    return redirect(f"{PATH}/{row.id}", 303)


@permitting.get("/exports")
@staff_required(Permission.CUSTOMER_EXPORT)
def show_all() -> ResponseReturnValue:
    limit = settings().export_second_person
    return render_template("backoffice/transfers/exports.html", rows=queries.exports(), limit=limit, path=PATH)


@permitting.get("/exports/<int:export_id>")
@staff_required(Permission.CUSTOMER_EXPORT)
def show(export_id: int) -> ResponseReturnValue:
    return _page(_find(export_id))


@permitting.post("/exports/<int:export_id>")
@staff_required(Permission.CUSTOMER_EXPORT)
@fresh_sign_in_required
def decide(export_id: int) -> ResponseReturnValue:
    row, form = _find(export_id), AnswerForm()
    form.validate()
    decision = form.text("decision")
    if decision not in ("approve", "decline"):
        form.refuse("decision", _("Choose whether to approve or to decline"))
    elif decision == "decline" and not form.text("answer"):
        form.refuse("answer", _("Enter why. Who asked reads it."))
    if form.words:
        return _page(row, form), 422
    if row.is_revealing and not may_everywhere(Permission.CUSTOMER_REVEAL):
        raise NotAllowed(_("It has masked numbers, which your role may not show. Somebody else has to decide."))
    if decision == "approve":
        service.approve(row, by=acting_member())
    else:
        service.decline(row, form.text("answer"), by=acting_member())
    return redirect(f"{PATH}/{row.id}", 303)


@permitting.get("/exports/<int:export_id>/file")
@staff_required(Permission.CUSTOMER_EXPORT)
@fresh_sign_in_required
def take(export_id: int) -> ResponseReturnValue:
    """The file of those who fit now, for who asked."""
    row = _find(export_id)
    wanted = replace(wanted_of(chosen_by(MultiDict(row.wanted)), row.format), is_revealing=row.is_revealing)
    if row.is_revealing and not may_everywhere(Permission.CUSTOMER_REVEAL):
        raise NotAllowed(_("Your role doesn’t include showing masked numbers."))
    service.check(row, wanted.conditions, by=acting_member())
    return streamed(wanted, row=row)


def _find(export_id: int) -> Export:
    row = queries.export(export_id)
    if row is None:
        raise NotFound(_("There is no such export."))
    return row


def _asking(chosen: Selection, form: AskForm) -> str:
    wanted, limit = wanted_of(chosen, "csv"), settings().export_second_person
    number = queries.count_customers(wanted.conditions, max(COUNTED, limit) + 1)
    return render_template(
        "backoffice/transfers/export.html",
        said=wanted.said,
        number=number,
        counted=listing.figure(number),
        limit=limit,
        others=staff.others_who_may(Permission.CUSTOMER_EXPORT, the_member()),
        may_reveal=may_everywhere(Permission.CUSTOMER_REVEAL),
        asked=as_asked(chosen),
        back=chosen.list_address,
        values=form.typed,
        errors=form.words,
        path=ASKING,
    )


def _page(row: Export, form: AnswerForm | None = None) -> str:
    told: dict[str, Any] = {"values": form.typed, "errors": form.words} if form else {"values": {}, "errors": {}}
    is_mine = row.asked_by == the_member().id
    waits = row.state is ExportState.WAITING and not row.is_over
    return render_template(
        "backoffice/transfers/export_asked.html", row=row, is_mine=is_mine, waits=waits, path=PATH, **told
    )
