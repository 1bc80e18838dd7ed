"""The preference centre behind the link in every newsletter: without sign-in, and opening it changes nothing."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.foundation.access import public
from portal.foundation.text import _
from portal.newsletter import queries, rules
from portal.newsletter.models import ConsentSource
from portal.newsletter.service import consent
from portal.newsletter.service import preferences as service
from portal.newsletter.service.leaving import subscription_of
from portal.newsletter.views.proofs import paces, proof, ticked

preferences = Blueprint("preferences", __name__, url_prefix="/newsletter/preferences")


@preferences.get("/<token>")
@public
def choose(token: str) -> ResponseReturnValue:
    subscription = subscription_of(token)
    if subscription is None:
        return render_template("newsletter/left.html", subscription=None, token=token)
    return render_template(
        "newsletter/preferences.html",
        subscription=subscription,
        token=token,
        choices=queries.choices_of(subscription.email),
        text=rules.SWITCH_TEXT,
        clicks=rules.CLICKS_TEXT,
        paces=rules.PACES,
    )


@preferences.post("/<token>")
@public
def save(token: str) -> ResponseReturnValue:
    """Newsletters are forwarded, and the link with them: it lets in, and has links counted, only by another proof."""
    subscription = subscription_of(token)
    if subscription is not None:
        email = subscription.email
        asked = consent.choose_by_link(email, ticked(), text=str(rules.SWITCH_TEXT), proof=proof())
        service.set_paces(email, paces())
        if "clicks" not in request.form:
            service.set_clicks(email, counted=False)
        flash(_("Email preferences saved."), "ok")
        if asked:
            flash(_("To subscribe again, press the button behind the link that we’ve just mailed you."), "info")
    return redirect(url_for("preferences.choose", token=token), 303)


@preferences.post("/<token>/stop")
@public
def stop(token: str) -> ResponseReturnValue:
    subscription = subscription_of(token)
    if subscription is not None:
        service.stop_all(subscription.email, source=ConsentSource.MAILED_LINK, proof=proof())
        flash(_("Stopped: no more marketing email comes to this address."), "ok")
    return redirect(url_for("preferences.choose", token=token), 303)
