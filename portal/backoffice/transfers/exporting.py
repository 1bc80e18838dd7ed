"""Export of exactly the customers that the list shows, or of those that were ticked, as a file that is streamed."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from flask import Blueprint, Response, redirect, request, stream_with_context
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal.accounts.guards import fresh_sign_in_required
from portal.backoffice import listing
from portal.backoffice.customers import selection
from portal.backoffice.customers.selection import Selection
from portal.customers.models import Customer
from portal.foundation import database, standing_back
from portal.foundation.errors import NotFound
from portal.foundation.text import _, plural
from portal.staff.guards import acting_member, scope, staff_required
from portal.staff.rules import Permission
from portal.transfers.models import Export
from portal.transfers.service import exporting as service
from portal.transfers.service import permitting
from portal.transfers.service.permitting import Wanted

FORMATS = ("csv", "xlsx")
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TICKED = "ticked"  # what the list's form with tick boxes says, also when none is ticked
ASKING = "/staff/transfers/export"

exporting = Blueprint("customer_export", __name__, url_prefix="/staff/transfers")


@exporting.get("/export.<kind>")
@staff_required(Permission.CUSTOMER_EXPORT)
@fresh_sign_in_required
def export(kind: str) -> ResponseReturnValue:
    """The filter of the list or the ticked rows, streamed; `for=machines` leaves out guards and the mark of UTF-8."""
    if kind not in FORMATS:
        raise NotFound(_("Customers are exported as CSV or XLSX."))
    chosen = chosen_by(request.args)
    wanted = wanted_of(chosen, kind)
    if permitting.needs_second(wanted.conditions):
        return redirect(listing.address(ASKING, as_asked(chosen), format=kind), 303)
    return streamed(wanted, is_plain=request.args.get("for") == "machines")


def chosen_by(asked: "MultiDict[str, str]") -> Selection:
    """Whom an address or a form means: the ticked ones where it names some, else all that match.

    Raises:
        Conflict: nobody is ticked, or more than fit on a page, or part of the filter is not understood.
    """
    told = MultiDict(asked)
    if told.get("select") != TICKED and not (told.getlist("id") or told.get("ids")):
        told["select"] = selection.ALL
    return selection.read(told, scope())


def as_asked(chosen: Selection) -> dict[str, str]:
    """The same as it stands in addresses and forms."""
    return dict(chosen.values) if chosen.is_all else {"ids": ",".join(map(str, chosen.ids))}


def wanted_of(chosen: Selection, kind: str) -> Wanted:
    """What is exported of whom."""
    within = selection.within(chosen.reach)
    if chosen.is_all:
        return Wanted([*within, *selection.conditions(chosen.values)], ", ".join(chosen.said), kind)
    number = len(chosen.ids)
    said = plural("%(n)s ticked customer", "%(n)s ticked customers", number, n=number)
    return Wanted([*within, Customer.id.in_(chosen.ids)], said, kind)


def streamed(wanted: Wanted, *, is_plain: bool = False, row: Export | None = None) -> Response:
    """The file, noted before its first byte and, where it is large, once more after its last."""
    by = acting_member()
    if request.method == "GET":  # HEAD hands out nothing
        database.note(lambda: permitting.note(wanted, by=by, row=row))
    told = _noting(wanted, row)
    if wanted.format == "xlsx":
        return _file(service.as_xlsx(wanted.conditions, revealing=wanted.is_revealing, told=told), WORKBOOK, "xlsx")
    pieces = service.as_csv(
        wanted.conditions, guarded=not is_plain, marked=not is_plain, revealing=wanted.is_revealing, told=told
    )
    return _file(pieces, "text/csv", "csv")


def _noting(wanted: Wanted, row: Export | None) -> Callable[[int], None]:
    by, brief = acting_member(), replace(wanted, conditions=())

    def told(number: int) -> None:
        database.note(lambda: permitting.note_end(brief, number, by=by, row=row))
        database.commit()

    return told


def _file(pieces: Iterator[bytes], media_type: str, kind: str) -> Response:
    response = Response(stream_with_context(standing_back.sent(pieces)), mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="customers.{kind}"'
    return response
