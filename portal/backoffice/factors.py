"""A member's second step: the page that says what they have, their authenticator app, their recovery codes."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required, the_account
from portal.accounts.models import Realm
from portal.accounts.pages.authenticator import AuthenticatorPages
from portal.accounts.pages.recovery_codes import RecoveryCodePages
from portal.accounts.service import factors
from portal.staff.guards import staff_required

ME, TEMPLATES = "/staff/me", "backoffice/factors"
HOME = f"{ME}/security"
APP = AuthenticatorPages(Realm.STAFF, f"{ME}/authenticator", TEMPLATES, HOME)
CODES = RecoveryCodePages(f"{ME}/recovery-codes", TEMPLATES, HOME)

staff_factors = Blueprint("staff_factors", __name__, url_prefix=ME)


@staff_factors.get("/security")
@staff_required(without_factor=True)
def show() -> ResponseReturnValue:
    """What I have; where the shop demands a second step and I have none, every page leads here."""
    return render_template(f"{TEMPLATES}/show.html", has=factors.of(the_account()))


@staff_factors.get("/authenticator")
@staff_required(without_factor=True)
@fresh_sign_in_required
def show_app() -> ResponseReturnValue:
    return APP.show()


@staff_factors.post("/authenticator")
@staff_required(without_factor=True)
@fresh_sign_in_required
def begin_app() -> ResponseReturnValue:
    return APP.begin()


@staff_factors.post("/authenticator/on")
@staff_required(without_factor=True)
@fresh_sign_in_required
def turn_on_app() -> ResponseReturnValue:
    return APP.turn_on()


@staff_factors.get("/authenticator/remove")
@staff_required()
@fresh_sign_in_required
def ask_remove_app() -> ResponseReturnValue:
    return APP.ask_remove()


@staff_factors.post("/authenticator/remove")
@staff_required()
@fresh_sign_in_required
def remove_app() -> ResponseReturnValue:
    return APP.remove()


@staff_factors.get("/recovery-codes")
@staff_required()
@fresh_sign_in_required
def show_codes() -> ResponseReturnValue:
    return CODES.show()


@staff_factors.post("/recovery-codes")
@staff_required()
@fresh_sign_in_required
def make_codes() -> ResponseReturnValue:
    return CODES.make()


@staff_factors.post("/recovery-codes/file")
@staff_required()
def download_codes() -> ResponseReturnValue:
    return CODES.download()
