"""From where a request comes, as the ledger keeps it, and which audiences it ticks, how often each."""

from flask import request

from portal.accounts.guards import visitor
from portal.newsletter import queries, rules
from portal.newsletter.service.ledger import Proof


def proof() -> Proof:
    """The browser that asks."""
    found = visitor()
    return Proof(found.address, found.browser, str(request.url_rule or ""))


def ticked() -> set[int]:
    """The audiences that are ticked in the form that was sent; what nobody may choose is left out."""
    sent = set(request.form.getlist("audience"))
    return {audience.id for audience in queries.public_audiences() if str(audience.id) in sent}


def paces() -> dict[int, int]:
    """How many days are to lie between two mails, by the audience; what the form does not say is left out."""
    sent = {audience.id: request.form.get(f"often_{audience.id}", "") for audience in queries.public_audiences()}
    known = {str(days): days for days in rules.PACES}
    return {audience_id: known[text] for audience_id, text in sent.items() if text in known}
