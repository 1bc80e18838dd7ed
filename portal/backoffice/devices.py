"""Where a member is signed in: end one device, all others, or all."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required
from portal.accounts.models import Realm
from portal.accounts.pages.devices import DevicePages
from portal.staff.guards import staff_required

pages = DevicePages(Realm.STAFF, home="home.me", door="/staff/sign-in")
staff_devices = Blueprint("staff_devices", __name__, url_prefix="/staff/me")


@staff_devices.post("/devices/<int:session_id>/sign-out")
@staff_required()
@fresh_sign_in_required
def end_device(session_id: int) -> ResponseReturnValue:
    return pages.end(session_id)


@staff_devices.post("/sign-out-others")
@staff_required()
@fresh_sign_in_required
def end_others() -> ResponseReturnValue:
    return pages.end_others()


@staff_devices.post("/sign-out-everywhere")
@staff_required()
@fresh_sign_in_required
def end_all() -> ResponseReturnValue:
    return pages.end_all()
