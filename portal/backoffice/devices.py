"""Where a member is signed in: end one device, all others, or all."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import guards
from portal.accounts.guards import fresh_sign_in_required
from portal.accounts.models import Realm
from portal.accounts.service import devices, sessions
from portal.foundation.text import _
from portal.staff.guards import staff_required

staff_devices = Blueprint("staff_devices", __name__, url_prefix="/staff/me")


@staff_devices.post("/devices/<int:session_id>/sign-out")
@staff_required()
@fresh_sign_in_required
def end_device(session_id: int) -> ResponseReturnValue:
    devices.sign_out(guards.the_account(), session_id)
    flash(_("The device is signed out."), "ok")
    return redirect(url_for("home.me"), 303)


@staff_devices.post("/sign-out-others")
@staff_required()
@fresh_sign_in_required
def end_others() -> ResponseReturnValue:
    row = guards.the_session()
    devices.sign_out_others(guards.the_account(), row)
    guards.renew(sessions.renew(row), Realm.STAFF)  # a copy of this browser's cookie is another browser, too
    flash(_("All other devices are signed out."), "ok")
    return redirect(url_for("home.me"), 303)


@staff_devices.post("/sign-out-everywhere")
@staff_required()
@fresh_sign_in_required
def end_all() -> ResponseReturnValue:
    devices.sign_out_everywhere(guards.the_account())
    guards.leave(Realm.STAFF)
    flash(_("You are signed out on every device."), "ok")
    return redirect("/staff/sign-in", 303), {"Clear-Site-Data": '"cache"'}
