"""Mails about applications: to customers, naming the group that was asked for, and to those who decide."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from portal.customers.models import Customer
from portal.customers.rules import numbers
from portal.foundation import pages
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.groups import queries, rules
from portal.groups.models import Application, ApplicationEvent, ApplicationState, Step
from portal.groups.queries import Wanted
from portal.mail import service
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter
from portal.staff.models import StaffMember

SHOWN = 10  # applications that a mail to an approver lists


def application_received(application: Application) -> None:
    """Say that the wish arrived and what happens meanwhile."""
    _post("groups.received", application)


def application_approved(application: Application) -> None:
    """Say that the customer is in."""
    _post("groups.approved", application)


def application_declined(application: Application) -> None:
    """Say no, and why."""
    _post("groups.declined", application)


def more_needed(application: Application, event: ApplicationEvent) -> None:
    """Ask the applicant what is missing."""
    _post("groups.question", application, event=event.id)


def application_closed(application: Application) -> None:
    """Say that nobody decides any more: the shop closed it by hand, or it ran out."""
    _post("groups.closed", application)


def application_withdrawn(application: Application) -> None:
    """Confirm that the customer took it back."""
    _post("groups.withdrawn", application)


def group_left(customer: Customer, group: str) -> None:
    """Confirm that the customer left a group."""
    if customer.email:
        service.post("groups.left", customer.email, customer=customer.id, group=group)


def digest(member: StaffMember) -> None:
    """Tell an approver what waits for them today."""
    service.post("groups.digest", member.email, member=member.id)


def reminder(member: StaffMember, applications: Sequence[int]) -> None:
    """Tell an approver what waits longer than was promised."""
    service.post("groups.reminder", member.email, member=member.id, applications=list(applications))


def _post(kind: str, application: Application, **more: object) -> None:
    if application.customer.email:
        context: dict[str, Any] = {"application": application.id, **more}
        service.post(kind, application.customer.email, **context)


@service.renders("groups.received")
def _received(message: OutboxMessage) -> Letter | None:
    found = db.session.get(Application, message.context["application"])
    if found is None or not found.waits:
        return None  # decided before the mail went out: the decision has a mail of its own
    return _letter("groups/received", found)


@service.renders("groups.approved")
def _approved(message: OutboxMessage) -> Letter | None:
    found = _standing(message, ApplicationState.APPROVED)
    return _letter("groups/approved", found) if found is not None else None


@service.renders("groups.declined")
def _declined(message: OutboxMessage) -> Letter | None:
    found = _standing(message, ApplicationState.DECLINED)
    return _letter("groups/declined", found) if found is not None else None


@service.renders("groups.question")
def _question(message: OutboxMessage) -> Letter | None:
    found = _standing(message, ApplicationState.NEEDS_INFORMATION)
    if found is None:
        return None
    asked = queries.latest_event(found.id, Step.ASKED)
    return _letter("groups/question", found, question=asked.reason if asked else "")


def _standing(message: OutboxMessage, state: ApplicationState) -> Application | None:
    """The application, unless the step that the mail tells of was taken back or overtaken."""
    found = db.session.get(Application, message.context["application"])
    if found is None or found.state is not state:
        return None
    told, last = message.context.get("event"), queries.latest_event(found.id)
    return found if told is None or (last is not None and last.id == told) else None


@service.renders("groups.digest")
def _digest(message: OutboxMessage) -> Letter | None:
    member = db.session.get(StaffMember, message.context["member"])
    return _to_approver("groups/digest", member, queries.for_member(member)) if member is not None else None


@service.renders("groups.reminder")
def _reminder(message: OutboxMessage) -> Letter | None:
    member = db.session.get(StaffMember, message.context["member"])
    if member is None:
        return None
    told = frozenset(message.context["applications"])
    return _to_approver("groups/reminder", member, replace(queries.for_member(member), late=True, among=told))


def _to_approver(template: str, member: StaffMember, wanted: Wanted) -> Letter | None:
    """A mail to somebody who still works here, about what still waits."""
    waiting = queries.count_waiting(wanted)
    if member.dismissed_at is not None or not waiting:
        return None
    rows = queries.waiting(wanted, size=SHOWN).rows
    context = {
        "member": member,
        "waiting": waiting,
        "oldest": rows[0].submitted_at,
        "late": queries.count_waiting(replace(wanted, late=True)),
        "rows": [(row.group.name, pages.moment(row.submitted_at)) for row in rows],
        "more": waiting - len(rows),
        "queue": service.link("/staff/approvals"),
    }
    return Letter(template, context, to=member.email, locale=member.account.locale if member.account else None)


@service.renders("groups.withdrawn")
def _withdrawn(message: OutboxMessage) -> Letter | None:
    found = _standing(message, ApplicationState.WITHDRAWN)
    return _letter("groups/withdrawn", found) if found is not None else None


@service.renders("groups.left")
def _left(message: OutboxMessage) -> Letter | None:
    customer = db.session.get(Customer, message.context["customer"])
    if customer is None or not customer.is_there:
        return None
    standing = queries.preferred_group(customer.id)
    context = {
        "customer": customer,
        "group": message.context["group"],
        "standing": standing.name if standing else "",
        "groups": service.link("/account/groups"),
    }
    return Letter("groups/left", context, to=customer.email or None, locale=customer.locale)


@service.renders("groups.closed")
def _closed(message: OutboxMessage) -> Letter | None:
    found = db.session.get(Application, message.context["application"])
    return _letter("groups/closed", found) if found is not None else None


def _letter(template: str, application: Application, **more: object) -> Letter:
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
            "is_released": application.releases_address,
            "again_at": application.may_reapply_at,
            "has_again": application.may_reapply_at is not None and application.may_reapply_at <= now(),
            "within": rules.promise(application.group.answer_within),
            "sign_in": service.link("/sign-in"),
            "answer_at": service.link("/account/groups"),
            **more,
        },
        # Where the customer reads now: a mail that is sent again tells an address that was left nothing.
        to=application.customer.email or None,
        locale=application.customer.locale,
    )
