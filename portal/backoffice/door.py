"""The door of staff: sign in, sign out, accept an invitation."""

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import guards
from portal.accounts.forms import SignInForm
from portal.accounts.models import Realm
from portal.accounts.service.entering import Door, Outcome
from portal.accounts.service.signing_in import sign_in
from portal.foundation import hashing, web
from portal.foundation.access import public
from portal.foundation.errors import TooMany
from portal.foundation.hashing import Secret
from portal.foundation.redirects import own_page
from portal.foundation.turning_away import costly
from portal.staff import service
from portal.staff.forms import InvitationForm
from portal.staff.guards import current_member
from portal.staff.models import StaffMember

HOME, SECOND_STEP_PAGE = "/staff", "/staff/sign-in/second-step"

staff_door = Blueprint("staff_door", __name__, url_prefix="/staff")


@staff_door.get("/sign-in")
@public
def ask() -> ResponseReturnValue:
    if current_member() is not None:
        return redirect(HOME, 303)
    form = SignInForm(data={"next": own_page(request.args.get("next")) or ""})
    return render_template("backoffice/door/sign_in.html", form=form, typed=form.typed)


@staff_door.post("/sign-in")
@public
@costly(1)
def enter() -> ResponseReturnValue:
    form = SignInForm()
    outcome = sign_in(Realm.STAFF, form.text("email"), form.text("password"), guards.visitor())
    if outcome.handle is None:
        return render_template("backoffice/door/sign_in.html", form=form, typed=form.typed, door=outcome.door), 422
    if outcome.door is Door.SECOND_STEP:
        guards.begin_second_step(outcome.handle, Realm.STAFF, remember=False, target=form.text("next"))
        return redirect(SECOND_STEP_PAGE, 303)
    return arrive(outcome, target=form.text("next"))


@staff_door.errorhandler(TooMany)
def offer_a_link(error: TooMany) -> ResponseReturnValue:
    """Say when to come back, and offer the way past: the same for every address, known or not."""
    email = SignInForm().text("email")
    return web.error_page(429, str(error), wait=error.seconds, template="backoffice/door/too_many.html", email=email)


def arrive(outcome: Outcome, *, target: str) -> ResponseReturnValue:
    """Give the browser of an admitted member its session, know it from then on, and lead it on."""
    if outcome.handle is None:
        abort(401)
    guards.enter(outcome.handle, Realm.STAFF)
    guards.remember_device(outcome.device)
    page = own_page(target)
    return redirect(page if page is not None and guards.realm_of(page) is Realm.STAFF else HOME, 303)


@staff_door.post("/sign-out")
@public
def leave() -> ResponseReturnValue:
    guards.leave(Realm.STAFF)
    return redirect("/staff/sign-in", 303), {"Clear-Site-Data": '"cache"'}


@staff_door.get("/invitation/<token>")
@public
def show_invitation(token: str) -> ResponseReturnValue:
    member = service.invited(token)
    return _invitation_page(member, InvitationForm(member))


@staff_door.post("/invitation/<token>")
@public
def accept_invitation(token: str) -> ResponseReturnValue:
    member = service.invited(token)
    form = InvitationForm(member)
    if not form.validate():
        return _invitation_page(member, form), 422
    [made] = hashing.make((Secret.PASSWORD, form.text("password")))
    service.accept_invitation(token, made)
    flash(_("Your password is saved. Sign in with it."), "ok")
    return redirect("/staff/sign-in", 303)


def _invitation_page(member: StaffMember, form: InvitationForm) -> str:
    return render_template(
        "backoffice/door/invitation.html", member=member, errors=form.words, minimum=form.password_minimum()
    )
