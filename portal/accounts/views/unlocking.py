"""Unlocking at the customers' door: ask for a link that lets this browser in, open it, press its button."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.accounts.models import Realm
from portal.accounts.pages.unlocking import UnlockPages
from portal.foundation.access import public
from portal.foundation.errors import DomainError, Expired, NotFound

pages = UnlockPages(Realm.CUSTOMER, "/sign-in", "accounts", asked_for="unlock_email")
unlocking = Blueprint("unlocking", __name__, url_prefix=pages.path)


@unlocking.get("")
@public
def ask() -> ResponseReturnValue:
    return pages.ask()


@unlocking.post("")
@public
def request_link() -> ResponseReturnValue:
    return pages.request_link()


@unlocking.get("/sent")
@public
def sent() -> ResponseReturnValue:
    return pages.sent()


@unlocking.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    return pages.show(token)


@unlocking.post("/<token>")
@public
def unlock(token: str) -> ResponseReturnValue:
    return pages.unlock(token)


@unlocking.errorhandler(NotFound)
@unlocking.errorhandler(Expired)
def send_a_new_one(error: DomainError) -> ResponseReturnValue:
    return pages.over(error)
