"""One function per mail, and what it says when it is rendered."""

from datetime import timedelta

from portal.customers.models import Customer
from portal.foundation.database import db
from portal.foundation.tokens import Purpose, issue
from portal.mail import service
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter

INVITATION = Purpose("invitation", timedelta(hours=72))  # subject: customer id


def invitation(customer: Customer) -> None:
    """Ask somebody whom staff added to choose a password."""
    service.post("customers.invitation", customer.email, customer=customer.id)


@service.renders("customers.invitation")
def render_invitation(message: OutboxMessage) -> Letter | None:
    """The invitation as things stand now; nothing once there is an account, or no longer this address."""
    customer = db.session.get(Customer, message.context["customer"])
    if customer is None or customer.email_key != message.to_key:
        return None
    return invitation_letter(customer, message.id)


def invitation_letter(customer: Customer, outbox_id: int | None) -> Letter | None:
    """The letter with a fresh link, None when there is nothing to invite to."""
    if customer.account_id is not None or customer.disabled_at is not None or not customer.email:
        return None
    token = issue(INVITATION, customer.id, outbox_id=outbox_id, bound_to=customer.email_key or "")
    context = {"name": customer.first_name, "link": service.link(f"/invitation/{token}")}
    return Letter("customers/invitation", context, to=customer.email, locale=customer.locale)
