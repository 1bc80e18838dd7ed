"""Files that applicants sent with their answers, saved by who decides."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.backoffice.customers import reach
from portal.customers import custom_queries
from portal.customers.service.custom_values import PURPOSE
from portal.foundation import files, uploads
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import queries as groups
from portal.staff.guards import staff_required
from portal.staff.rules import Permission

answers = Blueprint("application_answers", __name__, url_prefix="/staff/approvals/<int:number>/answers")


@answers.get("/<int:field_id>")
@staff_required(Permission.CUSTOMER_APPROVE)
def save_file(number: int, field_id: int) -> ResponseReturnValue:
    application = groups.application(number)
    is_mine = application is not None and reach.reaches(application.customer)
    row = custom_queries.answer(number, field_id) if is_mine else None
    file = files.find(row.file_id, PURPOSE) if row is not None and row.file_id is not None else None
    if file is None:
        raise NotFound(_("There is no such file. Look at the application."))
    return uploads.attachment(file)
