"""Step-up of staff: the password once more, and a code where one is asked."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.accounts.models import Realm
from portal.accounts.pages.confirmation import Confirmation
from portal.staff.guards import staff_required

OF_STAFF = Confirmation(Realm.STAFF, "backoffice/door/confirm.html", "/staff/me")

staff_confirming = Blueprint("staff_confirming", __name__, url_prefix="/staff")


@staff_confirming.get("/confirm")
@staff_required(without_factor=True)
def ask() -> ResponseReturnValue:
    return OF_STAFF.show()


@staff_confirming.post("/confirm")
@staff_required(without_factor=True)
def confirm() -> ResponseReturnValue:
    return OF_STAFF.take()
