"""My proof of consent, to print and as a signed file; and why somebody gets a mail."""

import dataclasses
from datetime import datetime

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts.guards import customer_required, fresh_sign_in_required
from portal.customers.guards import current_customer
from portal.foundation.access import public
from portal.newsletter import queries, rules
from portal.newsletter.service import proving as service
from portal.newsletter.service.leaving import subscription_of

proving = Blueprint("newsletter_proof", __name__)


@proving.get("/account/newsletters/proof")
@customer_required
def show() -> ResponseReturnValue:
    customer = current_customer()
    told = service.document(customer.email, customer)
    return render_template("newsletter/proof.html", proof=told, words=rules.PROOF_WORDS, moment=datetime.fromisoformat)


@proving.get("/account/newsletters/proof.json")
@customer_required
@fresh_sign_in_required
def fetch() -> ResponseReturnValue:
    customer = current_customer()
    told = service.document(customer.email, customer) if request.method == "GET" else {}  # HEAD hands out nothing
    return as_file(told, "proof-of-consent.json")


@proving.get("/newsletter/why/<token>")
@public
def why(token: str) -> ResponseReturnValue:
    """The evidence of one subscription; who a newsletter was forwarded to sees no network address and no browser."""
    subscription = subscription_of(token)
    lines = queries.history_of(subscription.email) if subscription is not None else []
    of = subscription.audience_id if subscription is not None else 0
    mine = [dataclasses.replace(line, who="") for line in lines if line.audience_id == of]
    return render_template("newsletter/why.html", subscription=subscription, lines=mine, token=token)


def as_file(told: service.Document, name: str) -> Response:
    """A proof as a download."""
    answer = Response(service.written(told), mimetype="application/json")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
