"""One function per mail, and what it says when it is rendered."""

from datetime import timedelta

from portal.customers.models import Customer
from portal.foundation.database import db
from portal.foundation.tokens import Purpose, issue
from portal.mail import service
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter

PRIVACY = "/account/privacy"  # where somebody downloads their data, and closes or keeps their account
INVITATION = Purpose("invitation", timedelta(hours=72))  # subject: customer id


def invitation(customer: Customer) -> None:
    """Ask somebody whom staff added to choose a password."""
    service.post("customers.invitation", customer.email, customer=customer.id)


def closing(customer: Customer) -> None:
    """Tell when an account ends for good, and how it is kept."""
    service.post("customers.closing", customer.email, customer=customer.id)


def kept(customer: Customer) -> None:
    """Tell that an account that was about to end goes on."""
    service.post("customers.kept", customer.email, customer=customer.id)


def my_data(customer: Customer) -> None:
    """Tell where a customer's data are ready to be downloaded."""
    service.post("customers.my_data", customer.email, customer=customer.id)


def texted_start(customer: Customer) -> None:
    """Say where text messages are turned on, since a text alone does not."""
    if customer.email:
        service.post("customers.texted_start", customer.email, customer=customer.id)


@service.renders("customers.texted_start", limited=True)
def render_texted_start(message: OutboxMessage) -> Letter | None:
    """Where the tick is."""
    customer = _known(message)
    if customer is None or not customer.email:
        return None
    context = {"name": customer.first_name, "link": service.link("/account/profile/channels")}
    return Letter("customers/texted_start", context, to=customer.email, locale=customer.locale)


@service.renders("customers.closing", secures=True)
def render_closing(message: OutboxMessage) -> Letter | None:
    """When and how, as things stand now; nothing once the account is kept."""
    customer = _known(message)
    if customer is None or customer.account is None or customer.account.closing_at is None:
        return None
    context = {"name": customer.first_name, "on": customer.account.closing_at, "link": service.link(PRIVACY)}
    return Letter("customers/closing", context, to=customer.email, locale=customer.locale)


@service.renders("customers.kept")
def render_kept(message: OutboxMessage) -> Letter | None:
    """That the account goes on."""
    customer = _known(message)
    if customer is None or customer.account is None or customer.account.closing_at is not None:
        return None
    context = {"name": customer.first_name, "link": service.link("/sign-in")}
    return Letter("customers/kept", context, to=customer.email, locale=customer.locale)


@service.renders("customers.my_data")
def render_my_data(message: OutboxMessage) -> Letter | None:
    """Where they are, and how long."""
    customer = _known(message)
    if customer is None:
        return None
    context = {"name": customer.first_name, "link": service.link(PRIVACY)}
    return Letter("customers/my_data", context, to=customer.email, locale=customer.locale)


def _known(message: OutboxMessage) -> Customer | None:
    customer = db.session.get(Customer, message.context["customer"])
    return customer if customer is not None and customer.email_key == message.to_key else None


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
