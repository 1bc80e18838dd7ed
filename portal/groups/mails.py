"""Mails about applications; each names the group that was asked for."""

from portal.customers.rules import numbers
from portal.foundation.database import db
from portal.groups.models import Application, ApplicationState
from portal.mail import service
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter


def application_received(application: Application) -> None:
    """Say that the wish arrived and what happens meanwhile."""
    _post("groups.received", application)


def application_approved(application: Application) -> None:
    """Say that the customer is in."""
    _post("groups.approved", application)


def application_declined(application: Application) -> None:
    """Say no, and why."""
    _post("groups.declined", application)


def application_closed(application: Application) -> None:
    """Say that nobody decides any more: the shop closed it by hand, or it ran out."""
    _post("groups.closed", application)


def _post(kind: str, application: Application) -> None:
    if application.customer.email:
        service.post(kind, application.customer.email, application=application.id)


@service.renders("groups.received")
def _received(message: OutboxMessage) -> Letter | None:
    found = db.session.get(Application, message.context["application"])
    if found is None or not found.is_open:
        return None  # decided before the mail went out: the decision has a mail of its own
    return _letter("groups/received", found)


@service.renders("groups.approved")
def _approved(message: OutboxMessage) -> Letter | None:
    found = db.session.get(Application, message.context["application"])
    return _letter("groups/approved", found) if found is not None else None


@service.renders("groups.declined")
def _declined(message: OutboxMessage) -> Letter | None:
    found = db.session.get(Application, message.context["application"])
    return _letter("groups/declined", found) if found is not None else None


@service.renders("groups.closed")
def _closed(message: OutboxMessage) -> Letter | None:
    found = db.session.get(Application, message.context["application"])
    return _letter("groups/closed", found) if found is not None else None


def _letter(template: str, application: Application) -> Letter:
    account = application.customer.account
    return Letter(
        template,
        {
            "application": application,
            "customer": application.customer,
            "number": numbers.shown(application.customer.number),
            "group": application.group,
            "has_run_out": application.state is ApplicationState.EXPIRED,
            "is_held": account is not None and account.held_for is not None,
            "sign_in": service.link("/sign-in"),
        },
        # Where the customer reads now: a mail that is sent again tells an address that was left nothing.
        to=application.customer.email or None,
        locale=application.customer.locale,
    )
