"""A customer's authenticator app and recovery codes."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.accounts.guards import customer_required, fresh_sign_in_required
from portal.accounts.models import Realm
from portal.accounts.pages.authenticator import AuthenticatorPages
from portal.accounts.pages.recovery_codes import RecoveryCodePages

HOME, TEMPLATES = "/account/security", "accounts/factors"
APP = AuthenticatorPages(Realm.CUSTOMER, f"{HOME}/authenticator", TEMPLATES, HOME)
CODES = RecoveryCodePages(f"{HOME}/recovery-codes", TEMPLATES, HOME)

factors = Blueprint("factors", __name__, url_prefix=HOME)


@factors.get("/authenticator")
@customer_required
@fresh_sign_in_required
def show_app() -> ResponseReturnValue:
    return APP.show()


@factors.post("/authenticator")
@customer_required
@fresh_sign_in_required
def begin_app() -> ResponseReturnValue:
    return APP.begin()


@factors.post("/authenticator/on")
@customer_required
@fresh_sign_in_required
def turn_on_app() -> ResponseReturnValue:
    return APP.turn_on()


@factors.get("/authenticator/remove")
@customer_required
@fresh_sign_in_required
def ask_remove_app() -> ResponseReturnValue:
    return APP.ask_remove()


@factors.post("/authenticator/remove")
@customer_required
@fresh_sign_in_required
def remove_app() -> ResponseReturnValue:
    return APP.remove()


@factors.get("/recovery-codes")
@customer_required
@fresh_sign_in_required
def show_codes() -> ResponseReturnValue:
    return CODES.show()


@factors.post("/recovery-codes")
@customer_required
@fresh_sign_in_required
def make_codes() -> ResponseReturnValue:
    return CODES.make()


@factors.post("/recovery-codes/file")
@customer_required
def download_codes() -> ResponseReturnValue:
    return CODES.download()
