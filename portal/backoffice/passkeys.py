"""A member's passkeys: what the scripts of pages ask and answer, and the pages where passkeys are kept."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required
from portal.accounts.models import Realm
from portal.accounts.pages.ceremonies import Ceremonies
from portal.accounts.pages.passkeys import PasskeyPages
from portal.accounts.service.entering import Outcome
from portal.backoffice import door
from portal.foundation.access import public
from portal.staff.guards import staff_required

ME = "/staff/me"
HOME, PATH, CODES = f"{ME}/security", f"{ME}/passkeys", f"{ME}/recovery-codes"


def _arrive(outcome: Outcome, _remember: bool, target: str) -> ResponseReturnValue:  # noqa: FBT001 - as `Ceremonies` calls it
    return door.arrive(outcome, target=target)


CEREMONIES = Ceremonies(Realm.STAFF, PATH, HOME, CODES, _arrive)
PAGES = PasskeyPages(Realm.STAFF, PATH, "backoffice/passkeys", HOME)

staff_passkeys = Blueprint("staff_passkeys", __name__, url_prefix="/staff/passkeys")
staff_passkey_pages = Blueprint("staff_passkey_pages", __name__, url_prefix=PATH)


@staff_passkeys.post("/sign-in/options")
@public
def ask_sign_in() -> ResponseReturnValue:
    return CEREMONIES.ask_sign_in()


@staff_passkeys.post("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    return CEREMONIES.sign_in()


@staff_passkeys.post("/second-step/options")
@public
def ask_second_step() -> ResponseReturnValue:
    return CEREMONIES.ask_second_step()


@staff_passkeys.post("/second-step")
@public
def second_step() -> ResponseReturnValue:
    return CEREMONIES.second_step()


@staff_passkeys.post("/confirm/options")
@staff_required(without_factor=True)
def ask_confirm() -> ResponseReturnValue:
    return CEREMONIES.ask_confirm()


@staff_passkeys.post("/confirm")
@staff_required(without_factor=True)
def confirm() -> ResponseReturnValue:
    return CEREMONIES.confirm()


@staff_passkeys.post("/add/options")
@staff_required(without_factor=True)
@fresh_sign_in_required
def ask_add() -> ResponseReturnValue:
    return CEREMONIES.ask_add()


@staff_passkeys.post("/add")
@staff_required(without_factor=True)
@fresh_sign_in_required
def add() -> ResponseReturnValue:
    return CEREMONIES.add()


@staff_passkey_pages.get("")
@staff_required(without_factor=True)
def show() -> ResponseReturnValue:
    return PAGES.show()


@staff_passkey_pages.get("/new")
@staff_required(without_factor=True)
@fresh_sign_in_required
def ask_new() -> ResponseReturnValue:
    return PAGES.ask_new()


@staff_passkey_pages.get("/<int:passkey_id>/edit")
@staff_required()
def ask_name(passkey_id: int) -> ResponseReturnValue:
    return PAGES.ask_name(passkey_id)


@staff_passkey_pages.post("/<int:passkey_id>/edit")
@staff_required()
def rename(passkey_id: int) -> ResponseReturnValue:
    return PAGES.rename(passkey_id)


@staff_passkey_pages.get("/<int:passkey_id>/remove")
@staff_required()
@fresh_sign_in_required
def ask_remove(passkey_id: int) -> ResponseReturnValue:
    return PAGES.ask_remove(passkey_id)


@staff_passkey_pages.post("/<int:passkey_id>/remove")
@staff_required()
@fresh_sign_in_required
def remove(passkey_id: int) -> ResponseReturnValue:
    return PAGES.remove(passkey_id)
