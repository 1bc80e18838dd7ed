"""Proof of consent of a customer, to print and as a signed file; that somebody fetched it is noted."""

from datetime import datetime

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required
from portal.audit import service as audit
from portal.audit.service import Subject
from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.customers.models import Customer
from portal.foundation import database
from portal.newsletter import rules
from portal.newsletter.service import proving
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

consent_proof = Blueprint("consent_proof", __name__, url_prefix=f"{PATH}/<number>/consent-proof")


@consent_proof.get("")
@staff_required(Permission.CUSTOMER_EXPORT)
@fresh_sign_in_required
def show(number: str) -> ResponseReturnValue:
    customer = find(number)
    return render_template(
        "backoffice/customers/consent_proof.html",
        customer=customer,
        path=f"{PATH}/{customer.number}",
        proof=_told(customer),
        words=rules.PROOF_WORDS,
        moment=datetime.fromisoformat,
    )


@consent_proof.get("/file")
@staff_required(Permission.CUSTOMER_EXPORT)
@fresh_sign_in_required
def fetch(number: str) -> ResponseReturnValue:
    customer = find(number)
    answer = Response(proving.written(_told(customer)), mimetype="application/json")
    answer.headers.set("Content-Disposition", "attachment", filename=f"proof-of-consent-{customer.number}.json")
    return answer


def _told(customer: Customer) -> proving.Document:
    if request.method == "GET":  # HEAD hands out nothing
        by, subject = acting_member(), Subject("customer", customer.id, customer.name)
        database.note(lambda: audit.record("customer.consent_proven", subject, by=by))
    return proving.document(customer.email, customer)
