"""Forgotten password: ask for a link, answer the question behind it, choose a new one."""

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import guards, queries
from portal.accounts.errors import PasswordIsAnswer
from portal.accounts.forms import AnswerForm, CodeForm, NewPasswordForm, RecoverForm
from portal.accounts.pages.second_step import kinds_of_code, wrong_code
from portal.accounts.rules import questions
from portal.accounts.service import devices, factors
from portal.accounts.service import recovery as service
from portal.accounts.service.recovery import Answered, Recovery
from portal.config import settings
from portal.foundation import web
from portal.foundation.access import public
from portal.foundation.errors import DomainError, Expired, NotFound

ASKED_FOR = "recover_email"

recovery = Blueprint("recovery", __name__)


@recovery.get("/recover")
@public
def ask() -> ResponseReturnValue:
    form = RecoverForm()
    return render_template("accounts/recover.html", form=form, typed=form.typed)


@recovery.post("/recover")
@public
def request_link() -> ResponseReturnValue:
    form = RecoverForm()
    if not form.validate():
        return render_template("accounts/recover.html", form=form, typed=form.typed, errors=form.words), 422
    service.request_recovery(form.text("email"), guards.visitor())
    session[ASKED_FOR] = form.text("email")
    return redirect(url_for("recovery.sent"), 303)


@recovery.get("/recover/sent")
@public
def sent() -> ResponseReturnValue:
    email = session.get(ASKED_FOR)
    return render_template("accounts/recover_sent.html", email=email) if email else redirect("/recover", 303)


@recovery.get("/recover/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    return _show(service.begun(token, guards.current_flow(token)))


@recovery.post("/recover/<token>")
@public
def go_on(token: str) -> ResponseReturnValue:
    return _go_on(service.begun(token, guards.current_flow(token)))


@recovery.get("/recover/waited/<token>")
@public
def show_waited(token: str) -> ResponseReturnValue:
    return _show(service.begun_after_waiting(token, guards.current_flow(token)))


@recovery.post("/recover/waited/<token>")
@public
def go_on_waited(token: str) -> ResponseReturnValue:
    return _go_on(service.begun_after_waiting(token, guards.current_flow(token)))


@recovery.post("/recover/<token>/forgotten")
@public
def forget_answer(token: str) -> ResponseReturnValue:
    service.wait_instead(service.begun(token, guards.current_flow(token)))
    return redirect(url_for("recovery.show_waiting", token=token), 303)


@recovery.get("/recover/<token>/forgotten")
@public
def show_waiting(token: str) -> ResponseReturnValue:
    found = service.begun(token, guards.current_flow(token))
    waits = queries.waiting_recovery(found.account.id)
    if waits is None:
        return redirect(url_for("recovery.show", token=token), 303)
    return render_template("accounts/recover_waits.html", waits=waits, token=token)


def _show(found: Recovery) -> ResponseReturnValue:
    if found.asks_factor:
        return _code_page(found, CodeForm())
    return _answer_page(found, AnswerForm()) if found.question else _password_page(found, _new_password(found))


def _go_on(found: Recovery) -> ResponseReturnValue:
    if found.asks_factor:
        return _prove(found)
    return _answer(found) if found.question else _choose(found)


def _prove(found: Recovery) -> ResponseReturnValue:
    form = CodeForm()
    if not form.validate():
        return _code_page(found, form), 422
    outcome, handle = service.prove_factor(found, form.text("code"), guards.visitor())
    if outcome is Answered.WRONG:
        form.refuse("code", wrong_code(found.account))
    return _proven(found, outcome, handle) or (_code_page(found, form), 422)


def _answer(found: Recovery) -> ResponseReturnValue:
    form = AnswerForm()
    if not form.validate():
        return _answer_page(found, form), 422
    outcome, handle = service.answer_question(found, form.text("security_answer"), guards.visitor())
    if outcome is Answered.WRONG:
        form.refuse("security_answer", _("That is not the answer we have. Check the spelling and try again."))
    return _proven(found, outcome, handle) or (_answer_page(found, form), 422)


def _proven(found: Recovery, outcome: Answered, handle: str | None) -> ResponseReturnValue | None:
    """Where an answer or a code leads; None when it was wrong and another one may follow."""
    if handle is not None:
        guards.go_on(handle, found.token)
    if outcome is Answered.RIGHT:
        return redirect(url_for("recovery.show_waited" if found.waited else "recovery.show", token=found.token), 303)
    if outcome is Answered.OVER:
        guards.finish_flow()
        return render_template("accounts/recover_over.html"), 410
    return None


def _choose(found: Recovery) -> ResponseReturnValue:
    form = _new_password(found)
    if not form.validate():
        return _password_page(found, form), 422
    try:
        service.choose_password(found, form.text("password"))
    except PasswordIsAnswer as error:
        form.refuse("password", error)
        return _password_page(found, form), 422
    guards.remember_device(devices.trust(found.account, guards.visitor())[1])  # whoever came by mail is let in
    guards.finish_flow()
    flash(_("Your new password is saved and all devices were signed out. Sign in with it."), "ok")
    return redirect("/sign-in", 303)


def _new_password(found: Recovery) -> NewPasswordForm:
    return NewPasswordForm(known=[found.account.email])


def _code_page(found: Recovery, form: CodeForm) -> str:
    return render_template(
        "accounts/recover_code.html",
        email=found.account.email,
        errors=form.words,
        **kinds_of_code(found.account),
    )


def _answer_page(found: Recovery, form: AnswerForm) -> str:
    asked = questions.words(found.question.question) if found.question else ""
    return render_template(
        "accounts/recover_answer.html",
        question=asked,
        email=found.account.email,
        token=found.token,
        waits=queries.waiting_recovery(found.account.id),
        errors=form.words,
    )


def _password_page(found: Recovery, form: NewPasswordForm) -> str:
    return render_template(
        "accounts/recover_password.html",
        form=form,
        email=found.account.email,
        errors=form.words,
        minimum=form.password_minimum(),
        proof=_proof(found),
    )


def _proof(found: Recovery) -> str:
    """The step between the mailed link and the new password, in words; empty where there was none."""
    if factors.asked_of(found.account):
        return str(_("Code"))
    if found.waited:
        return str(_("24 hours"))
    was_asked = settings().security_question != "off" and queries.question_of(found.account.id) is not None
    return str(_("Security question")) if was_asked else ""


@recovery.errorhandler(NotFound)
@recovery.errorhandler(Expired)
def _send_a_new_one(error: DomainError) -> ResponseReturnValue:
    guards.finish_flow()
    status = 404 if isinstance(error, NotFound) else 410
    return web.error_page(status, str(error), (url_for("recovery.ask"), _("Send a new link")))
