"""An address is asked by staff whether it wants an audience, and taken out of it on its owner's word."""

from portal.audit import service as audit
from portal.audit.service import Actor, Subject
from portal.foundation import emails
from portal.foundation.text import _
from portal.mail import queries as mail
from portal.newsletter import mails, queries
from portal.newsletter.errors import ConsentNeeded
from portal.newsletter.models import Audience, ConsentAction, ConsentSource, Subscription
from portal.newsletter.rules import Step
from portal.newsletter.service import consent, ledger
from portal.newsletter.service.ledger import Evidence, Proof


def invite_address(email: str, audience: Audience, *, by: Actor, proof: Proof) -> Subscription | None:
    """Ask an address by mail whether it wants an audience; None when it is in it, or was asked already.

    Raises:
        ConsentNeeded: it left, bounced or complained, is not written to, or the audience has retired.
    """
    if audience.retired_at is not None:
        raise ConsentNeeded(_("This audience has retired. Bring it back first."))
    state = next((row.state for row in queries.of_email(email) if row.audience_id == audience.id), None)
    if state in consent.ON:
        return None
    if state is not None or queries.has_left(email, audience.id):
        raise ConsentNeeded(_("This address has left the audience. Only its owner can subscribe again."))
    if mail.suppression_of(emails.key(email)) is not None:
        raise ConsentNeeded(_("This address is not written to. Its owner can subscribe by the public form."))
    row = ledger.row_of(audience, email)
    ledger.take(row, Step.ADD, ConsentAction.ADMIN, evidence=Evidence(ConsentSource.STAFF, proof, actor=by.name))
    mails.ask_to_confirm(row)
    return row


def remove(subscription: Subscription, *, reason: str, by: Actor, proof: Proof) -> bool:
    """Take an address out of an audience on its owner's word; returns whether it was in."""
    gone = consent.withdraw(subscription, source=ConsentSource.STAFF, proof=proof, actor=by.name)
    if gone:
        subject = Subject("subscription", subscription.id, subscription.email)
        was = {"audience": (subscription.audience.name, None)}
        audit.record("subscriber.removed", subject, by=by, changes=was, reason=reason)
    return gone
