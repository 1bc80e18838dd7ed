"""Unlocking at the door of staff: ask for a link that lets this browser in, open it, press its button."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.accounts.models import Realm
from portal.accounts.pages.unlocking import UnlockPages
from portal.foundation.access import public
from portal.foundation.errors import DomainError, Expired, NotFound

pages = UnlockPages(Realm.STAFF, "/staff/sign-in", "backoffice/door", asked_for="staff_unlock_email")
staff_unlocking = Blueprint("staff_unlocking", __name__, url_prefix=pages.path)


@staff_unlocking.get("")
@public
def ask() -> ResponseReturnValue:
    return pages.ask()


@staff_unlocking.post("")
@public
def request_link() -> ResponseReturnValue:
    return pages.request_link()


@staff_unlocking.get("/sent")
@public
def sent() -> ResponseReturnValue:
    return pages.sent()


@staff_unlocking.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    return pages.show(token)


@staff_unlocking.post("/<token>")
@public
def unlock(token: str) -> ResponseReturnValue:
    return pages.unlock(token)


@staff_unlocking.errorhandler(NotFound)
@staff_unlocking.errorhandler(Expired)
def send_a_new_one(error: DomainError) -> ResponseReturnValue:
    return pages.over(error)
