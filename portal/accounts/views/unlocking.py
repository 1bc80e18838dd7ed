"""Unlocking: ask for a link that lets this browser in, open it, press its button."""

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import guards
from portal.accounts.forms import RecoverForm
from portal.accounts.models import Realm
from portal.accounts.service import unlocking as service
from portal.foundation import web
from portal.foundation.access import public
from portal.foundation.errors import DomainError, Expired, NotFound

ASKED_FOR = "unlock_email"

unlocking = Blueprint("unlocking", __name__, url_prefix="/sign-in/unlock")


@unlocking.get("")
@public
def ask() -> ResponseReturnValue:
    form = RecoverForm()
    return render_template("accounts/unlock_ask.html", typed=form.typed)


@unlocking.post("")
@public
def request_link() -> ResponseReturnValue:
    form = RecoverForm()
    if not form.validate():
        return render_template("accounts/unlock_ask.html", typed=form.typed, errors=form.words), 422
    service.ask(Realm.CUSTOMER, form.text("email"), guards.visitor())
    session[ASKED_FOR] = form.text("email")
    return redirect(url_for("unlocking.sent"), 303)


@unlocking.get("/sent")
@public
def sent() -> ResponseReturnValue:
    email = session.get(ASKED_FOR)
    if not email:
        return redirect(url_for("unlocking.ask"), 303)
    return render_template("accounts/unlock_sent.html", email=email)


@unlocking.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    return render_template("accounts/unlock.html", email=service.behind(Realm.CUSTOMER, token).email)


@unlocking.post("/<token>")
@public
def unlock(token: str) -> ResponseReturnValue:
    guards.remember_device(service.unlock(Realm.CUSTOMER, token, guards.visitor()))
    flash(_("This browser is known now. Sign in with your password."), "ok")
    return redirect(url_for("signing_in.ask"), 303)


@unlocking.errorhandler(NotFound)
@unlocking.errorhandler(Expired)
def _send_a_new_one(error: DomainError) -> ResponseReturnValue:
    status = 404 if isinstance(error, NotFound) else 410
    return web.error_page(status, str(error), (url_for("unlocking.ask"), _("Send a new link")))
