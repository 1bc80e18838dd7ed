"""The door of staff: sign in, sign out, accept an invitation."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import guards
from portal.accounts.forms import SignInForm
from portal.accounts.models import Realm
from portal.accounts.service.signing_in import sign_in
from portal.foundation import hashing
from portal.foundation.access import public
from portal.foundation.hashing import Secret
from portal.foundation.redirects import own_page
from portal.staff import service
from portal.staff.forms import InvitationForm
from portal.staff.guards import current_member
from portal.staff.models import StaffMember

HOME = "/staff"

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
def enter() -> ResponseReturnValue:
    form = SignInForm()
    outcome = sign_in(Realm.STAFF, form.text("email"), form.text("password"), guards.visitor())
    if outcome.handle is None:
        return render_template("backoffice/door/sign_in.html", form=form, typed=form.typed, door=outcome.door), 422
    guards.enter(outcome.handle, Realm.STAFF)
    page = own_page(form.next.data)
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
    return _invitation_page(member, InvitationForm(known=[member.email, member.name]))


@staff_door.post("/invitation/<token>")
@public
def accept_invitation(token: str) -> ResponseReturnValue:
    member = service.invited(token)
    form = InvitationForm(known=[member.email, member.name])
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
