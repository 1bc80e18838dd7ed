"""My newsletters: one tick for each, saved with one button."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import customer_required
from portal.customers.guards import current_customer
from portal.foundation.text import _
from portal.newsletter import queries, rules
from portal.newsletter.service import consent
from portal.newsletter.views.proofs import proof, ticked

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
        evidence=rules.EVIDENCE,
    )


@switches.post("")
@customer_required
def save() -> ResponseReturnValue:
    consent.set_subscribed(current_customer(), ticked(), text=str(rules.SWITCH_TEXT), proof=proof())
    flash(_("Email preferences saved."), "ok")
    return redirect(url_for("newsletters.show"), 303)
