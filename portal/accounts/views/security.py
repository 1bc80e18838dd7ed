"""My password, my security question, the devices that are signed in."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import guards, queries
from portal.accounts.errors import PasswordIsAnswer, WrongPassword
from portal.accounts.forms import ChangePasswordForm, ChangeQuestionForm
from portal.accounts.guards import customer_required, fresh_beside_a_factor, fresh_sign_in_required
from portal.accounts.models import Realm
from portal.accounts.pages.devices import DevicePages
from portal.accounts.rules import questions
from portal.accounts.service import email_change, factors, passwords, recovery, sessions
from portal.config import settings
from portal.foundation.errors import NotFound

device_pages = DevicePages(Realm.CUSTOMER, home="security.show", door="/sign-in")
security = Blueprint("security", __name__, url_prefix="/account/security")


@security.get("")
@customer_required
def show() -> ResponseReturnValue:
    return _page(_password_form())


@security.post("")
@customer_required
def change_password() -> ResponseReturnValue:
    form, account = _password_form(), guards.the_account()
    if not form.validate():
        return _page(form), 422
    current, new = form.text("current_password"), form.text("password")
    try:
        handle = passwords.change_password(account, current, new, kept=guards.the_session())
    except (WrongPassword, PasswordIsAnswer) as error:
        form.refuse("password" if isinstance(error, PasswordIsAnswer) else "current_password", error)
        return _page(form), 422
    guards.renew(handle, Realm.CUSTOMER)
    flash(_("Your password is changed. All other devices were signed out."), "ok")
    return redirect(url_for("security.show"), 303)


@security.get("/question")
@customer_required
@fresh_beside_a_factor
def ask_question() -> ResponseReturnValue:
    return _question_page(_question_form())


@security.post("/question")
@customer_required
@fresh_beside_a_factor
def change_question() -> ResponseReturnValue:
    form = _question_form()
    if not form.validate():
        return _question_page(form), 422
    try:
        recovery.change_question(guards.the_account(), form.text("current_password"), form.question, form.answer)
    except WrongPassword as error:
        form.refuse("current_password", error)
        return _question_page(form), 422
    flash(_("Your security question is saved."), "ok")
    return redirect(url_for("security.show"), 303)


@security.post("/devices/<int:session_id>/sign-out")
@customer_required
@fresh_sign_in_required
def end_device(session_id: int) -> ResponseReturnValue:
    return device_pages.end(session_id)


@security.post("/sign-out-others")
@customer_required
@fresh_sign_in_required
def end_others() -> ResponseReturnValue:
    return device_pages.end_others()


@security.post("/sign-out-everywhere")
@customer_required
@fresh_sign_in_required
def end_all() -> ResponseReturnValue:
    return device_pages.end_all()


def _password_form() -> ChangePasswordForm:
    return ChangePasswordForm(known=[guards.the_account().email])


def _question_form() -> ChangeQuestionForm:
    if settings().security_question == "off":
        raise NotFound(_("This shop asks no security question."))
    return ChangeQuestionForm(known=[guards.the_account().email])


def _page(form: ChangePasswordForm) -> str:
    account = guards.the_account()
    asked = queries.question_of(account.id)
    return render_template(
        "accounts/security.html",
        account=account,
        has=factors.of(account),
        devices=sessions.live(account),
        here=guards.the_session(),
        question=questions.words(asked.question) if asked else "",
        asks_question=settings().security_question != "off",
        waits=queries.waiting_recovery(account.id),
        change=email_change.pending_change(account),
        minimum=form.password_minimum(),
        errors=form.words,
    )


def _question_page(form: ChangeQuestionForm) -> str:
    return render_template(
        "accounts/security_question.html",
        form=form,
        typed=form.typed,
        errors=form.words,
    )
