"""The second step of a sign-in to the back office: the code after the right password."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.accounts.models import Realm
from portal.accounts.pages.second_step import SecondStep
from portal.accounts.service.entering import Outcome
from portal.backoffice import door
from portal.foundation.access import public

staff_second_step = Blueprint("staff_second_step", __name__, url_prefix="/staff")


def _arrive(outcome: Outcome, _remember: bool, target: str) -> ResponseReturnValue:  # noqa: FBT001 - as `SecondStep` calls it
    return door.arrive(outcome, target=target)


OF_STAFF = SecondStep(Realm.STAFF, "backoffice/door/second_step.html", "/staff/sign-in", _arrive)


@staff_second_step.get("/sign-in/second-step")
@public
def ask() -> ResponseReturnValue:
    return OF_STAFF.show()


@staff_second_step.post("/sign-in/second-step")
@public
def prove() -> ResponseReturnValue:
    return OF_STAFF.take()
