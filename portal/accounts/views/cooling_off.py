"""Stopping a recovery that waits because its answer is forgotten: by its warnings, or while signed in."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import guards
from portal.accounts.guards import customer_required
from portal.accounts.service import cooling_off as service
from portal.foundation import web
from portal.foundation.access import public
from portal.foundation.errors import DomainError, Expired, NotFound

cooling_off = Blueprint("cooling_off", __name__)


@cooling_off.get("/recover/stop/<token>")
@public
def ask_stop(token: str) -> ResponseReturnValue:
    return render_template("accounts/recover_stop.html", waits=service.behind(token))


@cooling_off.post("/recover/stop/<token>")
@public
def stop(token: str) -> ResponseReturnValue:
    service.stop(token)
    return redirect(url_for("cooling_off.stopped"), 303)


@cooling_off.get("/recover/stopped")
@public
def stopped() -> ResponseReturnValue:
    return render_template("accounts/recover_stopped.html")


@cooling_off.post("/account/security/recovery/stop")
@customer_required
def stop_own() -> ResponseReturnValue:
    service.stop_own(guards.the_account())
    flash(_("Stopped. Nobody can reset your password without your answer."), "ok")
    return redirect(url_for("security.show"), 303)


@cooling_off.errorhandler(Expired)
@cooling_off.errorhandler(NotFound)
def _tell(error: DomainError) -> ResponseReturnValue:
    status = 404 if isinstance(error, NotFound) else 410
    return web.error_page(status, str(error), (url_for("signing_in.ask"), _("Sign in")))
