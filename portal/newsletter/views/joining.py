"""The public form, and the button behind the link that it mails."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from portal.foundation.access import public
from portal.newsletter import queries, rules
from portal.newsletter.forms import SubscribeForm
from portal.newsletter.models import SubscriptionState
from portal.newsletter.service import consent
from portal.newsletter.views.proofs import proof

ASKED = "newsletter_email"
joining = Blueprint("newsletter", __name__, url_prefix="/newsletter")


@joining.get("")
@public
def ask() -> ResponseReturnValue:
    return _form(SubscribeForm())


@joining.post("")
@public
def send() -> ResponseReturnValue:
    form = SubscribeForm()
    if not form.validate():
        return _form(form), 422
    consent.request_subscription(form.email.data or "", text=str(rules.FORM_TEXT), proof=proof())
    session[ASKED] = form.email.data
    return redirect(url_for("newsletter.sent"), 303)


@joining.get("/check-email")
@public
def sent() -> ResponseReturnValue:
    return render_template("newsletter/sent.html", email=session.get(ASKED, ""))


@joining.get("/confirm/<token>")
@public
def ask_confirmation(token: str) -> ResponseReturnValue:
    """Only ask: mail scanners follow links, people press buttons."""
    subscription = consent.subscription_behind(token)
    done = subscription.state is SubscriptionState.ACTIVE
    template = "newsletter/confirmed.html" if done else "newsletter/confirm.html"
    return render_template(template, subscription=subscription, text=rules.CONFIRM_TEXT)


@joining.post("/confirm/<token>")
@public
def confirm(token: str) -> ResponseReturnValue:
    consent.confirm_subscription(token, proof=proof())
    return redirect(url_for("newsletter.ask_confirmation", token=token), 303)


def _form(form: SubscribeForm) -> str:
    audience = queries.default_audience()
    return render_template(
        "newsletter/subscribe.html", audience=audience, text=rules.FORM_TEXT, values=form.typed, errors=form.words
    )
