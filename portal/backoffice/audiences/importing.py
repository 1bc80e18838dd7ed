"""Subscribers out of a file: uploaded with its legal basis, looked at before anything happens, imported by a job."""

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import Field, StringField
from wtforms.validators import ValidationError

from portal.backoffice import job_kinds, listing
from portal.backoffice.audiences.finding import PATH, audience_of, tabs
from portal.backoffice.job_kinds import Kind, Undo
from portal.foundation import database, files, form_keys, signing, uploads
from portal.foundation.clock import now
from portal.foundation.errors import Conflict, NotFound
from portal.foundation.files import StoredFile
from portal.foundation.forms import PortalForm, Required, TextField
from portal.foundation.pages import local_day
from portal.foundation.text import _, lazy, plural
from portal.jobs.models import Job
from portal.newsletter.models import Audience
from portal.staff.guards import acting_member, staff_required, the_member
from portal.staff.rules import Permission
from portal.transfers.errors import NotReadable
from portal.transfers.service import subscriber_undoing
from portal.transfers.service import subscribers as service
from portal.transfers.service.subscribers import Basis

importing = Blueprint("subscriber_import", __name__, url_prefix=f"{PATH}/<int:audience_id>/import")
BODY = service.MOST_BYTES + 64 * 1024  # the file and the form around it


class BasisForm(PortalForm):
    """On what legal ground people are in a file, and since when."""

    basis = TextField(lazy("Legal basis"), Required(lazy("Enter the legal basis")), most=500)
    given_on = StringField(lazy("Since"))
    form_key = StringField()

    def validate_given_on(self, field: Field) -> None:
        """Nobody can have agreed tomorrow."""
        found = listing.day(field.data or "")
        if found is None:
            raise ValidationError(_("Enter the day on which they agreed, the latest of them"))
        if found > local_day(now()):
            raise ValidationError(_("This day is yet to come. Enter the day on which they agreed"))

    @property
    def declared(self) -> Basis:
        """What was typed, once it is in order."""
        return Basis(self.basis.data or "", date.fromisoformat(self.given_on.data or ""))


@importing.get("")
@staff_required(Permission.AUDIENCE_IMPORT)
def ask(audience_id: int) -> ResponseReturnValue:
    return _start(_open(audience_id), BasisForm(formdata=None), {})


@importing.post("")
@staff_required(Permission.AUDIENCE_IMPORT)
@uploads.takes_files(BODY)
def upload(audience_id: int) -> ResponseReturnValue:
    audience, form, file = _open(audience_id), BasisForm(), request.files.get("file")
    valid = form.validate()
    if file is None or not file.filename:
        return _start(audience, form, {"file": _("Choose a file")}), 422
    if not valid:
        return _start(audience, form, {}), 422
    try:
        size = file.stream.seek(0, 2)
        file.stream.seek(0)
        database.release()  # nobody else could write while it is unpacked and recoded
        stored, rows = service.receive(file.stream, file.filename, size=size)  # type: ignore[arg-type]  # werkzeug's stream reads and seeks
        batch = service.preview(stored, audience)
    except NotReadable as refusal:
        database.rollback()
        return _start(_open(audience_id), form, {"file": str(refusal)}), 422
    return render_template(
        "backoffice/audiences/import_preview.html",
        audience=audience,
        stored=stored,
        seal=signing.sign(service.PURPOSE, stored.id, audience.id, the_member().id),
        rows=rows,
        batch=batch,
        typed=form.typed,
        shown=service.SHOWN,
    )


@importing.post("/<int:file_id>")
@staff_required(Permission.AUDIENCE_IMPORT)
def begin(audience_id: int, file_id: int) -> ResponseReturnValue:
    audience, form, stored = _open(audience_id), BasisForm(), _file(file_id, audience_id)
    if not form.validate():
        return _start(audience, form, {}), 422
    if form_keys.first_use(form.form_key.data or "") is None:
        return redirect("/staff/jobs", 303)
    number = request.form.get("rows", "")
    rows = int(number) if number.isascii() and number.isdecimal() and len(number) < 9 else 0
    job = service.begin(stored, audience, form.declared, by=acting_member(), rows=rows)
    return redirect(f"/staff/jobs/{job.id}", 303)


def _open(audience_id: int) -> Audience:
    audience = audience_of(audience_id)
    if audience.retired_at is not None:
        raise Conflict(_("This audience has retired: nobody comes in. Bring it back first."))
    return audience


def _file(file_id: int, audience_id: int) -> StoredFile:
    """The upload that this member looked at for this audience: the form of that page says so, sealed."""
    bound = signing.read(service.PURPOSE, request.form.get("seal", ""), 3)
    stored = files.find(file_id, service.PURPOSE)
    if stored is None or bound != (file_id, audience_id, the_member().id):
        raise NotFound(_("The file is no longer there. Upload it again."))
    return stored


def _start(audience: Audience, form: BasisForm, errors: dict[str, str]) -> str:
    return render_template(
        "backoffice/audiences/import.html",
        audience=audience,
        tabs=tabs(audience),
        typed=form.typed,
        errors=errors | form.words,
    )


def _counted(job: Job) -> list[str]:
    added, known = job.result.get("added", 0), job.result.get("known", 0)
    return [
        plural(
            "%(n)s address subscribed; nobody was mailed.",
            "%(n)s addresses subscribed; nobody was mailed.",
            added,
            n=f"{added:,}",
        ),
        plural("%(n)s was subscribed already.", "%(n)s were subscribed already.", known, n=f"{known:,}"),
    ]


def _back(job: Job) -> tuple[str, str]:
    parameters: dict[str, Any] = job.parameters
    return f"{PATH}/{parameters['audience']}?state=all", _("The audience")


def _undone(job: Job) -> list[str]:
    removed = job.result.get("removed", 0)
    return [
        plural("%(n)s address taken out again.", "%(n)s addresses taken out again.", removed, n=f"{removed:,}"),
    ]


def _effects(job: Job) -> list[str]:
    added = job.result.get("added", 0)
    return [
        plural(
            "%(n)s address that it subscribed is taken out again.",
            "%(n)s addresses that it subscribed are taken out again.",
            added,
            n=f"{added:,}",
        ),
        _("Who did something since stays as they are now, and is named."),
        _("Nobody is mailed. The evidence keeps both: that the file came, and that it was taken back."),
    ]


job_kinds.register(
    service.KIND,
    Kind(
        name=lambda job: _("Subscribers from %(name)s", name=job.parameters["name"]),
        result=_counted,
        permission=Permission.AUDIENCE_IMPORT,
        back=_back,
        undo=Undo(start=subscriber_undoing.start, effects=_effects, fits=lambda job: bool(job.result.get("added"))),
    ),
)
job_kinds.register(
    subscriber_undoing.KIND,
    Kind(
        name=lambda job: _("Undo of %(name)s", name=job.parameters["name"]),
        result=_undone,
        permission=Permission.AUDIENCE_IMPORT,
        back=_back,
    ),
)
