"""Step-up of a customer: the password once more, and a code where one is asked."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.accounts.guards import customer_required
from portal.accounts.models import Realm
from portal.accounts.pages.confirmation import Confirmation

confirming = Blueprint("confirming", __name__)

OF_CUSTOMERS = Confirmation(Realm.CUSTOMER, "accounts/confirm.html", "/account/security")


@confirming.get("/account/confirm")
@customer_required
def ask() -> ResponseReturnValue:
    return OF_CUSTOMERS.show()


@confirming.post("/account/confirm")
@customer_required
def confirm() -> ResponseReturnValue:
    return OF_CUSTOMERS.take()
