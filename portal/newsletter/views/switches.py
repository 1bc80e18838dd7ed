"""My newsletters: one tick for each and how often, saved with one button; and the button that stops them all."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import customer_required
from portal.customers.guards import current_customer
from portal.foundation.text import _
from portal.newsletter import queries, rules
from portal.newsletter.models import ConsentSource
from portal.newsletter.service import consent, preferences
from portal.newsletter.views.proofs import paces, proof, ticked

switches = Blueprint("newsletters", __name__, url_prefix="/account/newsletters")


@switches.get("")
@customer_required
def show() -> ResponseReturnValue:
    customer = current_customer()
    return render_template(
        "newsletter/switches.html",
        email=customer.email,
        choices=queries.choices_of(customer.email),
        text=rules.SWITCH_TEXT,
        clicks=rules.CLICKS_TEXT,
        paces=rules.PACES,
        evidence=rules.EVIDENCE,
    )


@switches.post("")
@customer_required
def save() -> ResponseReturnValue:
    customer = current_customer()
    consent.set_subscribed(customer, ticked(), text=str(rules.SWITCH_TEXT), proof=proof())
    preferences.set_paces(customer.email, paces())
    preferences.set_clicks(customer.email, counted="clicks" in request.form)
    flash(_("Email preferences saved."), "ok")
    return redirect(url_for("newsletters.show"), 303)


@switches.post("/stop")
@customer_required
def stop() -> ResponseReturnValue:
    preferences.stop_all(current_customer().email, source=ConsentSource.ACCOUNT, proof=proof())
    flash(_("Stopped: no more marketing email comes to this address."), "ok")
    return redirect(url_for("newsletters.show"), 303)
