"""Registering: the form, and the page that says to look for the mail."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext

from portal.accounts.guards import current_session, visitor
from portal.config import settings
from portal.customers.custom_forms import LARGEST_BODY
from portal.foundation import crypto, strangers, uploads
from portal.foundation.access import public
from portal.foundation.turning_away import costly
from portal.groups import queries as groups
from portal.groups.models import Approval, CustomerGroup
from portal.newsletter.rules import TICK_TEXT
from portal.storefront import service
from portal.storefront.forms import EmailForm, RegistrationForm

registration = Blueprint("registration", __name__)

BROWSER = "registered_here"  # in the cookie: the random handle by which this browser is known again
SHOWN = ("customer_group", "custom_field", "custom_field_group")  # the tables that the form comes from
EMAIL = "registering"  # in the cookie: the address that the last mail went to


@registration.get("/register")
@public
def ask() -> ResponseReturnValue:
    if current_session() is not None:
        return redirect(url_for("overview.show"), 303)
    session.setdefault(BROWSER, crypto.random_handle())  # before the form is sent: a double press sends one handle
    return strangers.page("register", _form, of=SHOWN, besides=(BROWSER,))


@registration.post("/register")
@public
@costly(2)
@uploads.takes_files(LARGEST_BODY)
def send() -> ResponseReturnValue:
    offered = groups.offered_at_registration()
    form = RegistrationForm(offered)
    if not form.validate_on_submit():
        return _page(form, offered), 422
    asked = form.asked(tick=str(TICK_TEXT), locale=str(get_locale()))
    browser = session.get(BROWSER) or crypto.random_handle()
    service.ask_for_account(asked, visitor(), browser, request.form.get("form_key", ""))
    session[BROWSER], session[EMAIL] = browser, asked.email
    return redirect(url_for("registration.check_email"), 303)


@registration.get("/check-email")
@public
def check_email() -> ResponseReturnValue:
    email = session.get(EMAIL)
    if not email:
        return redirect(url_for("registration.ask_again"), 303)
    return render_template("storefront/check_email.html", email=email, sender=settings().mail_default_sender)


@registration.get("/confirm-email")
@public
def ask_again() -> ResponseReturnValue:
    return render_template("storefront/resend.html", v={"email": session.get(EMAIL, "")})


@registration.post("/confirm-email")
@public
def send_again() -> ResponseReturnValue:
    form = EmailForm()
    if not form.validate_on_submit():
        return render_template("storefront/resend.html", v=form.typed, errors=form.words), 422
    email = form.email.data or ""
    service.send_link_again(email, visitor())
    session[EMAIL] = email
    flash(gettext("On its way, if a registration waits for this address. Only the newest link works."), "ok")
    return redirect(url_for("registration.check_email"), 303)


def _form() -> str:
    offered = groups.offered_at_registration()
    return _page(RegistrationForm(offered), offered)


def _page(form: RegistrationForm, offered: list[CustomerGroup]) -> str:
    choices = [{"value": str(group.id), "title": group.name, "text": _about(group)} for group in offered]
    locale = get_locale()
    country = settings().shop_country
    return render_template(
        "storefront/register.html",
        v=form.typed,
        errors=form.words,
        minimum=settings().password_min_length,
        telephone_optional=settings().telephone == "optional",
        country=locale.territories.get(country, country) if locale else country,
        questions=form.security_question.choices if "security_question" in form else [],
        question_optional=settings().security_question == "optional",
        groups=choices if "customer_group" in form else [],
        questions_of=[(group, form.questions.of(group.id)) for group in offered],
        has_files=form.questions.has_files,
        tick=TICK_TEXT,
    )


def _about(group: CustomerGroup) -> str:
    """What to expect of a group: the shop's words, and what follows from its approval."""
    told = {
        Approval.NONE: "" if group.description else gettext("Ready at once."),
        Approval.GATE: gettext("We check first, usually in 1 working day."),
        Approval.UPGRADE: gettext("You start at once; we check meanwhile."),
    }[group.approval]
    return f"{group.description} {told}".strip()
