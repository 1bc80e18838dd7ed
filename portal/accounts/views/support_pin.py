"""My support PIN: made here, read out to staff on the telephone."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.accounts import guards
from portal.accounts.guards import customer_required, fresh_sign_in_required
from portal.accounts.service import support_pin as service

support_pin = Blueprint("support_pin", __name__, url_prefix="/account/security/support-pin")


@support_pin.get("")
@customer_required
@fresh_sign_in_required
def show() -> ResponseReturnValue:
    return _page("")


@support_pin.post("")
@customer_required
@fresh_sign_in_required
def make() -> ResponseReturnValue:
    """Shown in this answer alone, so no redirect: loading it again makes another PIN."""
    return _page(service.make(guards.the_account()))


def _page(pin: str) -> str:
    until = service.works_until(guards.the_account().id)
    return render_template("accounts/support_pin.html", pin=pin, until=until)
