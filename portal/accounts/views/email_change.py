"""Another address for my account: asked for while signed in, proven, stopped and undone by mailed links."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import guards
from portal.accounts.errors import SameEmail
from portal.accounts.forms import NewEmailForm
from portal.accounts.guards import customer_required, fresh_sign_in_required
from portal.accounts.models import ChangeState, EmailChange, Realm
from portal.accounts.rules.links import CHANGE_EMAIL, STOP_CHANGE, UNDO_CHANGE, runs_out_at
from portal.accounts.service import email_change as service
from portal.accounts.service import email_undo, sessions
from portal.foundation import database, web
from portal.foundation.access import public
from portal.foundation.errors import Conflict, DomainError, Expired, NotFound
from portal.foundation.forms import PortalForm
from portal.foundation.pages import moment

PAGE = "/account/security/email"

email_change = Blueprint("email_change", __name__)


@email_change.get(PAGE)
@customer_required
@fresh_sign_in_required
def show() -> ResponseReturnValue:
    return _page(NewEmailForm())


@email_change.post(PAGE)
@customer_required
@fresh_sign_in_required
def ask() -> ResponseReturnValue:
    form = NewEmailForm()
    if not form.validate():
        return _page(form), 422
    try:
        service.ask(guards.the_account(), form.text("email"), by=guards.acting_customer())
    except SameEmail as error:
        form.refuse("email", error)
        return _page(form), 422
    flash(_("Check your new mailbox: a link is on its way."), "ok")
    return redirect(url_for("email_change.show"), 303)


@email_change.post(f"{PAGE}/again")
@customer_required
def send_again() -> ResponseReturnValue:
    service.send_again(_pending())
    flash(_("The link is on its way again. Only the newest one works."), "ok")
    return redirect(url_for("email_change.show"), 303)


@email_change.post(f"{PAGE}/cancel")
@customer_required
def cancel() -> ResponseReturnValue:
    service.cancel(_pending(), guards.acting_customer())
    flash(_("The change is cancelled. Your address stays as it is."), "ok")
    return redirect(url_for("security.show"), 303)


@email_change.get("/account/email/<token>")
@public
def ask_proof(token: str) -> ResponseReturnValue:
    change = service.behind(CHANGE_EMAIL, token)
    return render_template("accounts/email_prove.html", change=change)


@email_change.post("/account/email/<token>")
@public
def prove(token: str) -> ResponseReturnValue:
    kept = guards.current_session()
    change = service.prove(token, kept=kept)
    mine = kept is not None and kept.account_id == change.account_id
    if change.state is ChangeState.APPLIED:
        if kept is not None and mine:
            guards.renew(sessions.renew(kept), Realm.CUSTOMER)
        flash(_("%(email)s is your address now. Sign in with it from now on.", email=change.new_email), "ok")
    else:
        due = moment(change.due_at)
        words = _(
            "%(email)s is confirmed. It takes effect on %(due)s at the earliest.", email=change.new_email, due=due
        )
        flash(words, "info")
    return redirect(url_for("security.show" if mine else "signing_in.ask"), 303)


@email_change.get("/account/email/stop/<token>")
@public
def ask_stop(token: str) -> ResponseReturnValue:
    return render_template("accounts/email_stop.html", change=service.behind(STOP_CHANGE, token))


@email_change.post("/account/email/stop/<token>")
@public
def stop(token: str) -> ResponseReturnValue:
    service.stop(token)
    return redirect(url_for("email_change.stopped"), 303)


@email_change.get("/account/email/stopped")
@public
def stopped() -> ResponseReturnValue:
    return render_template("accounts/email_stopped.html")


@email_change.get("/account/email/undo/<token>")
@public
def ask_undo(token: str) -> ResponseReturnValue:
    return render_template("accounts/email_undo.html", change=service.behind(UNDO_CHANGE, token))


@email_change.post("/account/email/undo/<token>")
@public
def undo(token: str) -> ResponseReturnValue:
    email_undo.undo(token)
    return redirect(url_for("email_change.undone"), 303)


@email_change.get("/account/email/undone")
@public
def undone() -> ResponseReturnValue:
    return render_template("accounts/email_undone.html")


def _pending() -> EmailChange:
    change = service.pending_change(guards.the_account())
    if change is None:
        raise NotFound(_("No change of address is waiting."))
    return change


def _page(form: PortalForm) -> str:
    account = guards.the_account()
    change = service.pending_change(account)
    return render_template(
        "accounts/email_change.html",
        account=account,
        change=change,
        runs_out=runs_out_at(change.asked_at) if change is not None else None,
        typed=form.typed,
        errors=form.words,
    )


@email_change.errorhandler(Conflict)
@email_change.errorhandler(Expired)
@email_change.errorhandler(NotFound)
def _tell(error: DomainError) -> ResponseReturnValue:
    """A link that does nothing any more, with a way on."""
    database.rollback()
    status = next(code for kind, code in web.STATUS.items() if isinstance(error, kind))
    if guards.current_session() is not None:
        return web.error_page(status, str(error), (url_for("email_change.show"), _("Your email address")))
    return web.error_page(status, str(error), (url_for("signing_in.ask"), _("Sign in")))
