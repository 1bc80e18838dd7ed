"""Export of exactly the customers that the list shows."""

from collections.abc import Iterator

from flask import Blueprint, Response, request, stream_with_context
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal.accounts.guards import fresh_sign_in_required
from portal.backoffice.customers import selection
from portal.foundation import database
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.staff.guards import acting_member, scope, staff_required
from portal.staff.rules import Permission
from portal.transfers.service import exporting as service

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

exporting = Blueprint("customer_export", __name__, url_prefix="/staff/transfers")


@exporting.get("/export.<kind>")
@staff_required(Permission.CUSTOMER_EXPORT)
@fresh_sign_in_required
def export(kind: str) -> ResponseReturnValue:
    """The filter of the list, streamed; `for=machines` leaves out guards and the mark of UTF-8."""
    if kind not in ("csv", "xlsx"):
        raise NotFound(_("Customers are exported as CSV or XLSX."))
    chosen, by = selection.read(_asked(), scope()), acting_member()
    conditions = [*selection.within(chosen.reach), *selection.conditions(chosen.values)]
    said = ", ".join(chosen.said)
    if request.method == "GET":  # HEAD hands out nothing
        database.note(lambda: service.note_export(conditions, said, format_=kind, by=by))
    if kind == "xlsx":
        return _file(service.as_xlsx(conditions), WORKBOOK, kind)
    plain = request.args.get("for") == "machines"
    return _file(service.as_csv(conditions, guarded=not plain, marked=not plain), "text/csv", kind)


def _asked() -> "MultiDict[str, str]":
    """The filter in the address, meant of all that match."""
    asked = MultiDict(request.args)
    asked["select"] = selection.ALL
    return asked


def _file(pieces: Iterator[bytes], media_type: str, kind: str) -> Response:
    response = Response(stream_with_context(pieces), mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="customers.{kind}"'
    return response
