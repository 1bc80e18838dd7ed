"""Addresses that are not written to: found, added, lifted with a reason, and the list as a file."""

from collections.abc import Iterator

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required, is_fresh, the_session, to_confirmation
from portal.audit import service as audit
from portal.audit.service import Subject
from portal.backoffice import listing
from portal.backoffice.customers.forms import ReasonForm
from portal.backoffice.suppression_forms import SuppressForm
from portal.foundation import csvfile, database
from portal.foundation.errors import NotFound
from portal.foundation.forms import query_text
from portal.foundation.text import _, lazy
from portal.mail import queries
from portal.mail.models import Suppression, SuppressionScope
from portal.mail.service import suppressing
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission
from portal.transfers.service import permitting

PATH = "/staff/suppressions"
SCOPES = {SuppressionScope.ALL: lazy("Every mail"), SuppressionScope.MARKETING: lazy("Newsletters")}

suppressions = Blueprint("suppressions", __name__, url_prefix=PATH)


@suppressions.get("")
@staff_required(Permission.SUPPRESSION_VIEW)
def show() -> ResponseReturnValue:
    return _list(SuppressForm(formdata=None))


@suppressions.post("")
@staff_required(Permission.SUPPRESSION_MODIFY)
def add() -> ResponseReturnValue:
    """Keep away from some addresses at once, as from those that another system was told to leave alone."""
    form = SuppressForm()
    if not form.validate():
        return _list(form), 422
    by, scope = acting_member(), SuppressionScope(form.text("scope"))
    if scope is SuppressionScope.ALL and not is_fresh(the_session()):
        return to_confirmation()
    for email in form.emails:
        suppressing.suppress(email, form.text("reason"), scope, by.name)
    subject = Subject("suppression", None, form.emails[0] if len(form.emails) == 1 else "")
    changes = {"addresses": (None, len(form.emails)), "scope": (None, scope)}
    audit.record("suppression.added", subject, by=by, changes=changes, reason=form.text("reason"))
    flash(_("%(count)s addresses are not written to.", count=f"{len(form.emails):,}"), "ok")
    return redirect(PATH, 303)


@suppressions.get("/<int:suppression_id>/lift")
@staff_required(Permission.SUPPRESSION_MODIFY)
def ask(suppression_id: int) -> ResponseReturnValue:
    return _lift_page(_find(suppression_id), ReasonForm(formdata=None))


@suppressions.post("/<int:suppression_id>/lift")
@staff_required(Permission.SUPPRESSION_MODIFY)
def lift(suppression_id: int) -> ResponseReturnValue:
    found, form = _find(suppression_id), ReasonForm()
    if not form.validate():
        return _lift_page(found, form), 422
    subject = Subject("suppression", found.id, found.email_key or _("(erased)"))
    was = {"suppressed": (found.reason, None), "scope": (found.scope, None)}
    audit.record("suppression.lifted", subject, by=acting_member(), changes=was, reason=form.text("reason"))
    suppressing.lift(found)
    flash(_("This address is written to again. Who left a newsletter stays out of it."), "ok")
    return redirect(PATH, 303)


@suppressions.get("/export.csv")
@staff_required(Permission.SUPPRESSION_MODIFY)
@fresh_sign_in_required
def export() -> ResponseReturnValue:
    """What the list shows, as far as it is known in clear, streamed while it is read; a hash says nothing."""
    term, scope = _sought()
    permitting.hold_back(queries.count_in_clear(term, scope))
    if request.method == "GET":  # HEAD hands out nothing
        by = acting_member()
        database.note(lambda: audit.record("suppression.exported", Subject("suppression", None, ""), by=by))
    file = csvfile.written(("email", "scope", "reason", "who", "at"), _rows(term, scope))
    response = Response(stream_with_context(file), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="suppressions.csv"'
    return response


def _find(suppression_id: int) -> Suppression:
    found = queries.suppression(suppression_id)
    if found is None:
        raise NotFound(_("This address is written to already."))
    return found


def _list(form: SuppressForm) -> str:
    term, scope = _sought()
    values = {"q": term, "scope": scope.value if scope else ""}
    page = queries.suppressions(term, scope, after=request.args.get("after", ""), before=request.args.get("before", ""))
    told = {"q": term, "scope": str(SCOPES[scope]) if scope else ""}
    return render_template(
        "backoffice/suppressions/list.html",
        page=page,
        scopes=SCOPES,
        sought=values,
        on=listing.chips(PATH, values, told),
        values=form.typed,
        errors=form.words,
        export=listing.address(f"{PATH}/export.csv", values),
        **listing.neighbours(PATH, values, page),
    )


def _lift_page(found: Suppression, form: ReasonForm) -> str:
    return render_template(
        "backoffice/suppressions/lift.html", found=found, scopes=SCOPES, values=form.typed, errors=form.words
    )


def _sought() -> tuple[str, SuppressionScope | None]:
    """What the address asks for; a scope that nobody knows counts as any."""
    chosen = query_text(request.args, "scope")
    return query_text(request.args, "q"), SuppressionScope(chosen) if chosen in set(SuppressionScope) else None


def _rows(term: str, scope: SuppressionScope | None) -> Iterator[tuple[csvfile.Value, ...]]:
    for row in queries.all_in_clear(term, scope):
        yield (row.email_key, row.scope.value, row.reason, row.who, row.at)
