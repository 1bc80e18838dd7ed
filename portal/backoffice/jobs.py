"""Long work as staff see it: what runs, how far it is, what came of it, what was refused; stop it, take it back."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from portal.audit import service as audit
from portal.audit.service import Subject
from portal.backoffice import job_kinds, job_rights, listing
from portal.foundation import csvfile, database
from portal.foundation.errors import Conflict
from portal.foundation.text import _
from portal.jobs import queries, service
from portal.jobs.models import Job
from portal.staff.guards import acting_member, may, staff_required, the_member
from portal.staff.rules import Permission
from portal.transfers.service import permitting

PATH = "/staff/jobs"
HEADER = ("line", "about", "column", "value", "reason")
AT_ONCE = 1000  # refused rows that are read at once into a file

jobs = Blueprint("jobs", __name__, url_prefix=PATH)


@jobs.get("")
@staff_required()
def show_all() -> ResponseReturnValue:
    """My jobs, and with the right to read the audit log everybody's."""
    everybody = may(Permission.AUDIT_VIEW) and request.args.get("whose") == "all"
    place = {name: request.args.get(name, "") for name in ("after", "before")}
    page = queries.all_of_staff(**place) if everybody else queries.of_member(the_member().id, **place)
    return render_template(
        "backoffice/jobs/list.html",
        page=page,
        everybody=everybody,
        name_of=lambda job: job_kinds.of(job).name(job),
        state_of=job_kinds.state,
        path=PATH,
        **listing.neighbours(PATH, {"whose": "all" if everybody else ""}, page),
    )


@jobs.get("/<int:job_id>")
@staff_required()
def show(job_id: int) -> ResponseReturnValue:
    job = job_rights.find(job_id)
    page = queries.problems(job.id, after=request.args.get("after", ""), before=request.args.get("before", ""))
    return render_template(
        "backoffice/jobs/show.html", page=page, **_told(job), **listing.neighbours(_path(job), {}, page)
    )


@jobs.get("/<int:job_id>/progress")
@staff_required()
def progress(job_id: int) -> ResponseReturnValue:
    """The part of the page that changes while the job runs."""
    return render_template("backoffice/jobs/_progress.html", **_told(job_rights.find(job_id)))


@jobs.get("/<int:job_id>/refused.csv")
@staff_required()
def refused(job_id: int) -> ResponseReturnValue:
    """Every row that was refused, as a file: who all are refused is a list of customers, too, and noted as one."""
    job, by = job_rights.find(job_id), acting_member()
    permitting.hold_back(job.refused, _("%(n)s rows", n=f"{job.refused:,}"))
    subject, changes = Subject("job", job.id, job_kinds.of(job).name(job)), {"rows": (None, job.refused)}
    if request.method == "GET":  # HEAD hands out nothing
        database.note(lambda: audit.record("job.refused_exported", subject, by=by, changes=changes))
    response = Response(stream_with_context(csvfile.written(HEADER, _rows(job.id))), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="refused-{job.id}.csv"'
    return response


@jobs.post("/<int:job_id>/cancel")
@staff_required()
def cancel(job_id: int) -> ResponseReturnValue:
    job = job_rights.find(job_id)
    service.cancel(job)
    flash(_("It stops after the step in hand. What is done stays done."), "info")
    return redirect(_path(job), 303)


@jobs.get("/<int:job_id>/undo")
@staff_required()
def ask_undo(job_id: int) -> ResponseReturnValue:
    job = job_rights.find(job_id)
    return render_template("backoffice/jobs/undo.html", effects=job_rights.undo_of(job).effects(job), **_told(job))


@jobs.post("/<int:job_id>/undo")
@staff_required()
def undo(job_id: int) -> ResponseReturnValue:
    """Begin the job that takes another back; a second press leads to the first one's."""
    job = job_rights.find(job_id)
    if queries.undone_by(job.id) is None:
        how = job_rights.undo_of(job)
        with suppress(Conflict):  # of two presses at the same moment one begins it
            how.start(job, acting_member())
    return redirect(_path(queries.undone_by(job.id) or job), 303)


def _told(job: Job) -> dict[str, Any]:
    kind = job_kinds.of(job)
    return {
        "job": job,
        "name": kind.name(job),
        "state": job_kinds.state(job),
        "result": kind.result(job) if job.started_at else [],
        "back": kind.back(job) if kind.back else (PATH, _("Jobs")),
        "links": kind.links(job) if kind.links else [],
        "path": _path(job),
        "undone_by": queries.undone_by(job.id),
        "may_undo": job_rights.may_undo(job),
    }


def _path(job: Job) -> str:
    return f"{PATH}/{job.id}"


def _rows(job_id: int) -> Iterator[tuple[csvfile.Value, ...]]:
    after = ""
    while True:
        with database.reading():
            page = queries.problems(job_id, after=after, size=AT_ONCE)
        for row in page.rows:
            yield (row.line, row.subject, row.column, row.value, row.reason)
        if not page.after:
            return
        after = page.after
