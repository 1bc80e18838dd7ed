"""Files that applicants sent with their answers, saved by who decides."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.backoffice.approvals.queue import found
from portal.customers import custom_queries
from portal.customers.service.custom_values import PURPOSE
from portal.foundation import files, uploads
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.staff.guards import staff_required
from portal.staff.rules import Permission

answer_files = Blueprint("application_answers", __name__, url_prefix="/staff/approvals/<int:number>/answers")


@answer_files.get("/<int:field_id>")
@staff_required(Permission.CUSTOMER_APPROVE)
def save_file(number: int, field_id: int) -> ResponseReturnValue:
    row = custom_queries.answer(found(number).id, field_id)
    file = files.find(row.file_id, PURPOSE) if row is not None and row.file_id is not None else None
    if file is None:
        raise NotFound(_("There is no such file. Look at the application."))
    return uploads.attachment(file)
