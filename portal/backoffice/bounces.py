"""What mail servers and mailbox providers sent back; what the portal did not understand, a person settles."""

import unicodedata

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import StringField

from portal.backoffice import listing
from portal.foundation.database import LARGEST_ID
from portal.foundation.errors import Conflict, NotFound
from portal.foundation.forms import PortalForm, TextField, query_text
from portal.foundation.text import _, lazy
from portal.newsletter.bounces import settling
from portal.newsletter.models import InboundReport, ReportKind
from portal.newsletter.queries import reports
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

PATH = "/staff/bounces"
SHOWN = 65_536  # bytes of a mail that a page shows
VIEWS = {
    "": (ReportKind.UNCLEAR,),
    "bounces": (ReportKind.BOUNCE,),
    "complaints": (ReportKind.COMPLAINT,),
    "others": (ReportKind.DELAY, ReportKind.REPLY, ReportKind.IGNORED, ReportKind.NEW),
}
DECISIONS = {
    ReportKind.BOUNCE: lazy("It counts as a bounce. The address gets no newsletters any more."),
    ReportKind.COMPLAINT: lazy("It counts as a complaint. The address gets no newsletters any more."),
    ReportKind.IGNORED: lazy("The report is ignored."),
}

bounces = Blueprint("bounces", __name__, url_prefix=PATH)


class DecisionForm(PortalForm):
    """What a report is, and whose where it does not say so."""

    decision = StringField()
    email = TextField(lazy("Email"), most=320)


@bounces.get("")
@staff_required(Permission.BOUNCE_VIEW)
def show_all() -> ResponseReturnValue:
    view = query_text(request.args, "view")
    view = view if view in VIEWS else ""
    page = reports.page(VIEWS[view], after=request.args.get("after", ""), before=request.args.get("before", ""))
    return render_template(
        "backoffice/bounces/list.html",
        page=page,
        view=view,
        unclear=reports.count_unclear(),
        addresses=reports.addresses_of(page.rows),
        **listing.neighbours(PATH, {"view": view}, page),
    )


@bounces.get("/<int:report_id>")
@staff_required(Permission.BOUNCE_VIEW)
def show(report_id: int) -> ResponseReturnValue:
    return _page(_report(report_id), {}, "")


@bounces.post("/<int:report_id>")
@staff_required(Permission.BOUNCE_SETTLE)
def decide(report_id: int) -> ResponseReturnValue:
    """Settle a report by hand."""
    report, form = _report(report_id), DecisionForm()
    kind = next((kind for kind in DECISIONS if kind.value == form.decision.data), None)
    if kind is None or not form.validate():
        errors = form.words or {"decision": _("Choose what it is")}
        return _page(report, errors, form.text("email")), 422
    try:
        settling.decide(report, kind, form.text("email"), by=acting_member())
    except Conflict as refusal:
        if report.kind not in settling.OPEN:
            raise
        return _page(report, {"email": str(refusal)}, form.text("email")), 422
    flash(DECISIONS[kind], "ok")
    return redirect(PATH, 303)


def _report(report_id: int) -> InboundReport:
    found = reports.by_id(report_id) if report_id <= LARGEST_ID else None
    if found is None:
        raise NotFound(_("There is no such report, or it was kept as long as reports are."))
    return found


def _page(report: InboundReport, errors: dict[str, str], email: str) -> str:
    return render_template(
        "backoffice/bounces/report.html",
        report=report,
        address=reports.addresses_of([report]).get(report.subscription_id or 0, ""),
        is_open=report.kind in settling.OPEN,
        source=_readable(report.raw[:SHOWN]),
        is_cut=report.size > SHOWN,
        errors=errors,
        email=email,
    )


def _readable(raw: bytes) -> str:
    """A mail as plain text: nothing in it acts on the page or turns its direction."""
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n")
    return "".join(one if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cf") else "�" for one in text)
