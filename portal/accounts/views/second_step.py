"""The second step of a customer's sign-in: the code after the right password."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.accounts.models import Realm
from portal.accounts.pages.second_step import SecondStep
from portal.accounts.service.entering import Outcome
from portal.accounts.views import signing_in
from portal.foundation.access import public

second_step = Blueprint("second_step", __name__)


def _arrive(outcome: Outcome, remember: bool, target: str) -> ResponseReturnValue:  # noqa: FBT001 - as `SecondStep` calls it
    return signing_in.arrive(outcome, remember=remember, target=target)


OF_CUSTOMERS = SecondStep(Realm.CUSTOMER, "accounts/second_step.html", "/sign-in", _arrive)


@second_step.get("/sign-in/second-step")
@public
def ask() -> ResponseReturnValue:
    return OF_CUSTOMERS.show()


@second_step.post("/sign-in/second-step")
@public
def prove() -> ResponseReturnValue:
    return OF_CUSTOMERS.take()
