"""A customer's passkeys: what the scripts of pages ask and answer, and the pages where passkeys are kept."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.accounts.guards import customer_required, fresh_sign_in_required
from portal.accounts.models import Realm
from portal.accounts.pages.ceremonies import Ceremonies
from portal.accounts.pages.passkeys import PasskeyPages
from portal.accounts.service.entering import Outcome
from portal.accounts.views import signing_in
from portal.foundation.access import public

HOME = "/account/security"
PATH = f"{HOME}/passkeys"


def _arrive(outcome: Outcome, remember: bool, target: str) -> ResponseReturnValue:  # noqa: FBT001 - as `Ceremonies` calls it
    return signing_in.arrive(outcome, remember=remember, target=target)


CEREMONIES = Ceremonies(Realm.CUSTOMER, PATH, HOME, f"{HOME}/recovery-codes", _arrive)
PAGES = PasskeyPages(Realm.CUSTOMER, PATH, "accounts/passkeys", HOME)

passkeys = Blueprint("passkeys", __name__, url_prefix="/passkeys")
passkey_pages = Blueprint("passkey_pages", __name__, url_prefix=PATH)


@passkeys.post("/sign-in/options")
@public
def ask_sign_in() -> ResponseReturnValue:
    return CEREMONIES.ask_sign_in()


@passkeys.post("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    return CEREMONIES.sign_in()


@passkeys.post("/second-step/options")
@public
def ask_second_step() -> ResponseReturnValue:
    return CEREMONIES.ask_second_step()


@passkeys.post("/second-step")
@public
def second_step() -> ResponseReturnValue:
    return CEREMONIES.second_step()


@passkeys.post("/confirm/options")
@customer_required
def ask_confirm() -> ResponseReturnValue:
    return CEREMONIES.ask_confirm()


@passkeys.post("/confirm")
@customer_required
def confirm() -> ResponseReturnValue:
    return CEREMONIES.confirm()


@passkeys.post("/add/options")
@customer_required
@fresh_sign_in_required
def ask_add() -> ResponseReturnValue:
    return CEREMONIES.ask_add()


@passkeys.post("/add")
@customer_required
@fresh_sign_in_required
def add() -> ResponseReturnValue:
    return CEREMONIES.add()


@passkey_pages.get("")
@customer_required
def show() -> ResponseReturnValue:
    return PAGES.show()


@passkey_pages.get("/new")
@customer_required
@fresh_sign_in_required
def ask_new() -> ResponseReturnValue:
    return PAGES.ask_new()


@passkey_pages.get("/<int:passkey_id>/edit")
@customer_required
def ask_name(passkey_id: int) -> ResponseReturnValue:
    return PAGES.ask_name(passkey_id)


@passkey_pages.post("/<int:passkey_id>/edit")
@customer_required
def rename(passkey_id: int) -> ResponseReturnValue:
    return PAGES.rename(passkey_id)


@passkey_pages.get("/<int:passkey_id>/remove")
@customer_required
@fresh_sign_in_required
def ask_remove(passkey_id: int) -> ResponseReturnValue:
    return PAGES.ask_remove(passkey_id)


@passkey_pages.post("/<int:passkey_id>/remove")
@customer_required
@fresh_sign_in_required
def remove(passkey_id: int) -> ResponseReturnValue:
    return PAGES.remove(passkey_id)
