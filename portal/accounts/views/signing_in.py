"""The door of customers: sign in, sign out."""

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts import guards
from portal.accounts.forms import SignInForm
from portal.accounts.guards import ceremony
from portal.accounts.models import Realm
from portal.accounts.service.entering import Door, Outcome
from portal.accounts.service.signing_in import sign_in
from portal.foundation import strangers, web
from portal.foundation.access import public
from portal.foundation.errors import TooMany
from portal.foundation.redirects import own_page
from portal.foundation.turning_away import costly

HOME, WAITING_PAGE, SECOND_STEP_PAGE = "/account", "/waiting", "/sign-in/second-step"

signing_in = Blueprint("signing_in", __name__)


@signing_in.get("/sign-in")
@public
def ask() -> ResponseReturnValue:
    if guards.current_session() is not None:
        return redirect(HOME, 303)
    target = own_page(request.args.get("next")) or ""
    if target:
        return _form(target)
    return strangers.page(("sign in", ceremony.are_offered()), _form)


@signing_in.post("/sign-in")
@public
@costly(1)
def enter() -> ResponseReturnValue:
    form = SignInForm()
    email, password = form.text("email"), form.text("password")
    outcome = sign_in(Realm.CUSTOMER, email, password, guards.visitor(), remember=form.remember.data)
    if outcome.handle is None:
        return render_template("accounts/sign_in.html", form=form, typed=form.typed, door=outcome.door), 422
    if outcome.door is Door.SECOND_STEP:
        guards.begin_second_step(outcome.handle, Realm.CUSTOMER, remember=form.remember.data, target=form.text("next"))
        return redirect(SECOND_STEP_PAGE, 303)
    return arrive(outcome, remember=form.remember.data, target=form.text("next"))


@signing_in.errorhandler(TooMany)
def offer_a_link(error: TooMany) -> ResponseReturnValue:
    """Say when to come back, and offer the way past: the same for every address, known or not."""
    email = SignInForm().text("email")
    return web.error_page(429, str(error), wait=error.seconds, template="accounts/too_many.html", email=email)


def arrive(outcome: Outcome, *, remember: bool, target: str) -> ResponseReturnValue:
    """Give the browser of an admitted customer its session, know it from then on, and lead it on."""
    if outcome.handle is None:
        abort(401)
    guards.enter(outcome.handle, Realm.CUSTOMER, remember=remember)
    guards.remember_device(outcome.device)
    return redirect(_way_on(outcome, target), 303)


@signing_in.post("/sign-out")
@public
def leave() -> ResponseReturnValue:
    guards.leave(Realm.CUSTOMER)
    return redirect("/", 303), {"Clear-Site-Data": '"cache"'}


def _form(target: str = "") -> str:
    form = SignInForm(data={"next": target})
    return render_template("accounts/sign_in.html", form=form, typed=form.typed)


def _way_on(outcome: Outcome, target: str) -> str:
    if outcome.door is not Door.OPEN:
        return WAITING_PAGE
    page = own_page(target)
    return page if page is not None and guards.realm_of(page) is Realm.CUSTOMER else HOME
