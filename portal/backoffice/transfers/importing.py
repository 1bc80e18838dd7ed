"""Import: upload, match columns, look at what will happen, import; the job's page tells the rest."""

import json
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required
from portal.audit import service as audit
from portal.audit.service import Subject
from portal.backoffice.transfers import kinds, telling
from portal.foundation import csvfile, database, files, uploads
from portal.foundation.errors import Conflict, NotFound
from portal.foundation.text import _
from portal.groups import queries as groups
from portal.jobs import queries as jobs
from portal.jobs.models import Job
from portal.staff.guards import acting_member, may_everywhere, staff_required, stores_for, the_member
from portal.staff.rules import Permission
from portal.transfers import queries
from portal.transfers.errors import NotReadable
from portal.transfers.models import Import, Outcome, Stage
from portal.transfers.rules import columns
from portal.transfers.service import checking, reading, uploading

PATH = kinds.PATH
BODY = uploading.MOST_BYTES + 64 * 1024  # the file and the form around it

importing = Blueprint("customer_import", __name__, url_prefix=PATH)


@importing.get("")
@staff_required(Permission.CUSTOMER_IMPORT)
def show_all() -> ResponseReturnValue:
    return _start()


@importing.post("")
@staff_required(Permission.CUSTOMER_IMPORT)
@uploads.takes_files(BODY)
def upload() -> ResponseReturnValue:
    file, preset = request.files.get("file"), request.form.get("preset", "auto")
    if file is None or not file.filename:
        return _start({"file": _("Choose a file")}), 422
    by = acting_member()
    try:
        size = file.stream.seek(0, 2)
        file.stream.seek(0)
        database.release()  # nobody else could write while it is unpacked and recoded
        wanted = uploading.receive(file.stream, file.filename, size=size, by=by, preset=preset)  # type: ignore[arg-type]  # werkzeug's stream reads and seeks
    except NotReadable as refusal:
        database.rollback()
        return _start({"file": str(refusal)}), 422
    return redirect(f"{PATH}/{wanted.id}", 303)


@importing.get("/<int:import_id>")
@staff_required(Permission.CUSTOMER_IMPORT)
def show(import_id: int) -> ResponseReturnValue:
    wanted = find(import_id)
    if wanted.stage is Stage.MATCH or (wanted.stage is Stage.READY and request.args.get("columns")):
        return _match(wanted)
    job = jobs.by_id(wanted.check_id or 0) if wanted.stage is Stage.CHECK else None
    goes_on = job is not None and job.is_open
    if request.headers.get("HX-Request") and not goes_on:  # the bar asks for itself, which is there no longer
        return Response(headers={"HX-Refresh": "true"})
    if wanted.stage is Stage.CHECK and not goes_on:
        return render_template("backoffice/transfers/stopped.html", wanted=wanted, job=job, path=PATH)
    return _preview(wanted, job)


@importing.post("/<int:import_id>/columns")
@staff_required(Permission.CUSTOMER_IMPORT)
def match(import_id: int) -> ResponseReturnValue:
    wanted = find(import_id)
    mapping = [request.form.get(f"column_{place}", "") for place in range(len(wanted.columns))]
    key = request.form.get("key", "auto")
    try:
        uploading.check(wanted, mapping, key, by=acting_member(), may=_rights())
    except (Conflict, NotReadable) as refusal:
        words = str(refusal)
        database.rollback()
        wanted = find(import_id)
        return _match(wanted, mapping, key, {"key": words}), 422
    return redirect(f"{PATH}/{wanted.id}", 303)


@importing.post("/<int:import_id>/import")
@staff_required(Permission.CUSTOMER_IMPORT)
def begin(import_id: int) -> ResponseReturnValue:
    job = uploading.begin(find(import_id), by=acting_member(), may=_rights())
    return redirect(f"/staff/jobs/{job.id}", 303)


@importing.get("/<int:import_id>/refused.csv")
@staff_required(Permission.CUSTOMER_IMPORT)
@fresh_sign_in_required
def refused(import_id: int) -> ResponseReturnValue:
    """The rows that are left out as they came, without secrets, each with its line and the reason."""
    wanted, by = find(import_id), acting_member()
    subject, changes = (
        Subject("customer_import", wanted.id, wanted.name),
        {"rows": (None, wanted.counts.get("problem", 0))},
    )
    if request.method == "GET":  # HEAD hands out nothing
        database.note(lambda: audit.record("customers.refused_exported", subject, by=by, changes=changes))
    head = [*wanted.columns, "line", "column", "reason"]
    rows = _refused(wanted.id, len(wanted.columns), _hidden(wanted.mapping))
    response = Response(stream_with_context(csvfile.written(head, rows)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="refused-{wanted.id}.csv"'
    return response


def find(import_id: int) -> Import:
    """One import.

    Raises:
        NotFound: there is none, or it was forgotten.
    """
    wanted = queries.by_id(import_id)
    if wanted is None:
        raise NotFound(_("There is no such import."))
    return wanted


def _start(errors: dict[str, str] | None = None) -> str:
    return render_template(
        "backoffice/transfers/start.html", imports=queries.latest(), presets=_presets(), errors=errors or {}, path=PATH
    )


def _presets() -> list[tuple[str, str]]:
    return [
        ("auto", _("Find out")),
        ("portal", _("This portal")),
        ("shopify", "Shopify"),
        ("woocommerce", "WooCommerce"),
        ("magento", "Magento"),
        ("magento_addresses", _("Magento, customer addresses")),
        ("opencart", "OpenCart"),
    ]


def _match(wanted: Import, mapping: Sequence[str] = (), key: str = "", errors: dict[str, str] | None = None) -> str:
    return render_template(
        "backoffice/transfers/match.html",
        wanted=wanted,
        mapping=mapping or wanted.mapping,
        key=key or wanted.key,
        fields=[("", _("Leave out")), *columns.LABELS.items(), *uploading.own_columns().items()],
        keys=list(columns.KEYS.items()),
        examples=_examples(wanted),
        errors=errors or {},
        path=PATH,
    )


def _examples(wanted: Import) -> list[str]:
    """For each column what its first rows say."""
    row = files.find(wanted.file_id, checking.PURPOSE) if wanted.file_id is not None else None
    if row is None:
        return [""] * len(wanted.columns)
    with files.open_bytes(row) as file:
        rows = islice(reading.rows_of(file, reading.Place()), 1, 1 + reading.AT_A_GLANCE)
        found = [[reading.plain(cell) for cell in cells] for _line, cells in rows]
    return [
        " · ".join(cells[place][:40] for cells in found if place < len(cells) and cells[place])
        for place in range(len(wanted.columns))
    ]


def _rights() -> uploading.May:
    """What the member at work may do for everybody, whichever store or group: an import asks once."""
    limited = any(one.staff_member_id == the_member().id for one in groups.scopes())
    return uploading.May(
        may_approve=stores_for(Permission.CUSTOMER_APPROVE) is None and not limited,
        may_set_credit=stores_for(Permission.CUSTOMER_CREDIT) is None,
    )


def _preview(wanted: Import, job: Job | None) -> str:
    asked = request.args.get("show", "")
    counts = {outcome.value: wanted.counts.get(outcome, 0) for outcome in Outcome}
    first = next((name for name in ("change", "new", "problem") if counts[name]), "new")
    outcome = Outcome(asked) if asked in set(Outcome) else Outcome(first)
    after = request.args.get("after", 0, type=int) if request.args.get("after", "").isdigit() else 0
    rows = queries.rows(wanted.id, outcome, min(after, 2**31 - 1))
    return render_template(
        "backoffice/transfers/preview.html",
        wanted=wanted,
        counts=counts,
        outcome=outcome,
        job=job,
        rows=telling.told(rows),
        next=rows[-1].line if len(rows) == queries.SHOWN else 0,
        reasons=queries.reasons(wanted.id),
        found_by=columns.LABELS,
        path=PATH,
    )


def _hidden(mapping: Sequence[str]) -> set[int]:
    """Which columns are handed out empty: passwords' hashes, and what the member at work sees masked elsewhere."""
    secret = {"password_hash", *(() if may_everywhere(Permission.CUSTOMER_REVEAL) else columns.MASKED)}
    return {place for place, name in enumerate(mapping) if name in secret}


def _refused(import_id: int, width: int, hidden: Collection[int]) -> Iterator[list[csvfile.Value]]:
    after = 0
    while True:
        with database.reading():
            rows = queries.rows(import_id, Outcome.PROBLEM, after, 500)
        for row in rows:
            cells = json.loads(row.raw) if row.raw else []
            told = ["" if place in hidden else cell for place, cell in enumerate(cells)]
            told += [""] * (width - len(told))
            yield [*told[:width], row.line, row.column, row.reason, *told[width:]]
        if len(rows) < 500:
            return
        after = rows[-1].line
