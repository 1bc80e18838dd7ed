"""The public form, here and on a storefront's pages, and the button behind the link that it mails."""

from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.sansio.utils import host_is_trusted

from portal.config import settings
from portal.foundation.access import public
from portal.foundation.web import csrf
from portal.newsletter import rules
from portal.newsletter.forms import OpenForm, SubscribeForm
from portal.newsletter.models import SubscriptionState
from portal.newsletter.service import joining as service
from portal.newsletter.views.proofs import proof

ASKED = "newsletter_email"
LONGEST = 2000
joining = Blueprint("newsletter", __name__, url_prefix="/newsletter")


@joining.get("")
@public
def ask() -> ResponseReturnValue:
    return _form(SubscribeForm(), request.args.getlist("audience"))


@joining.post("")
@public
def send() -> ResponseReturnValue:
    form = SubscribeForm()
    if not form.validate():
        return _form(form, form.slugs), 422
    if not form.is_by_a_program:
        service.ask(form.email.data or "", form.slugs, text=str(rules.FORM_TEXT), proof=proof())
    session[ASKED] = form.email.data
    return redirect(url_for("newsletter.sent"), 303)


@joining.post("/join")
@public
def join() -> ResponseReturnValue:
    """The form on a storefront's page: from another origin, without cookie and secret; a mail that asks is all.

    A page of anybody else leads to our own form, with what was typed, for its reader to press the button.
    """
    form = OpenForm()
    if not _may_ask():
        return _form(form, form.slugs)
    if not form.validate():
        return _form(form, form.slugs), 422
    if not form.is_by_a_program:
        service.ask(form.email.data or "", form.slugs, text=str(rules.FORM_TEXT), proof=proof())
    return redirect(_way_back(request.form.get("next", "")) or url_for("newsletter.sent"), 303)


csrf.exempt(join)


@joining.get("/check-email")
@public
def sent() -> ResponseReturnValue:
    return render_template("newsletter/sent.html", email=session.get(ASKED, ""))


@joining.get("/confirm/<token>")
@public
def ask_confirmation(token: str) -> ResponseReturnValue:
    """Only ask: mail scanners follow links, people press buttons."""
    subscriptions = service.behind(token)
    done = subscriptions[0].state is SubscriptionState.ACTIVE
    template = "newsletter/confirmed.html" if done else "newsletter/confirm.html"
    names = [row.audience.name for row in subscriptions]
    return render_template(template, subscription=subscriptions[0], names=names, text=rules.CONFIRM_TEXT)


@joining.post("/confirm/<token>")
@public
def confirm(token: str) -> ResponseReturnValue:
    service.confirm(token, proof=proof())
    return redirect(url_for("newsletter.ask_confirmation", token=token), 303)


def _form(form: SubscribeForm, slugs: list[str]) -> str:
    return render_template(
        "newsletter/subscribe.html",
        audiences=service.meant(slugs),
        text=rules.FORM_TEXT,
        values=form.typed,
        errors=form.words,
    )


def _may_ask() -> bool:
    """Whether a browser that says whose page sends a form names one of ours or of the shop's."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    host = origin.partition("://")[2].lower()
    return host in settings().storefront_hosts or host_is_trusted(host, current_app.config["TRUSTED_HOSTS"])


def _way_back(target: str) -> str:
    """The page of a storefront that a form names; empty unless the shop said that its host is one of theirs."""
    if len(target) > LONGEST or "\\" in target or not all(sign.isprintable() and sign != " " for sign in target):
        return ""
    try:
        parts = urlsplit(target)
    except ValueError:
        return ""
    known = parts.netloc.lower() in settings().storefront_hosts
    return target if known and parts.scheme in ("https", "http") else ""
