"""An application as its customer sees it: where it stands, its history, and what they may apply for."""

from dataclasses import dataclass
from typing import Any

from portal.audit.service import Actor
from portal.customers.models import Customer
from portal.foundation import form_keys
from portal.foundation.clock import now
from portal.foundation.text import _
from portal.groups import queries, rules
from portal.groups.errors import AlreadyApplied, AlreadyMember, NotOffered, TooEarly
from portal.groups.forms import ApplyForm
from portal.groups.models import Application, CustomerGroup, Step
from portal.groups.service import applications, deciding

REFUSALS = (AlreadyApplied, AlreadyMember, NotOffered, TooEarly)  # of an application
THEIRS = (Step.SUBMITTED, Step.ANSWERED)
OURS = (Step.ASKED, Step.APPROVED, Step.DECLINED)


@dataclass(frozen=True)
class Offer:
    """A group that a customer is not in.

    Args:
        group: the group.
        why_not: why they cannot apply for it now; empty when they can.
    """

    group: CustomerGroup
    why_not: str = ""


def story(row: Application) -> list[dict[str, Any]]:
    """What happened to an application, newest first, as a timeline takes it; the shop's inner steps are left out."""
    return [
        {
            "what": str(rules.STEPS_IN_WORDS[event.step]),
            "when": event.at,
            "kind": rules.STEP_KINDS.get(event.step, ""),
            "who": _("You") if event.step in THEIRS else _("We") if event.step in OURS else "",
            "quote": event.reason,
        }
        for event in reversed(rules.told_to_customers(row.events, pending=row.is_pending))
    ]


def question_of(row: Application | None) -> str:
    """What the applicant is asked now; empty when nothing is."""
    if row is None or row.state is not rules.NEEDS_INFORMATION:
        return ""
    asked = queries.latest_event(row.id, Step.ASKED)
    return asked.reason if asked else ""


def offers(customer: Customer) -> list[Offer]:
    """The groups that ask for approval and that a customer may apply for, or may not for now."""
    found = []
    for group in queries.open_to(customer.id):
        if group.asks_approval:
            declined = queries.latest_decline(customer.id, group.id)
            blocked = declined is not None and (declined.may_reapply_at is None or declined.may_reapply_at > now())
            found.append(Offer(group, deciding.again_in_words(declined) if declined and blocked else ""))
    return found


def open_offers(customer: Customer) -> list[CustomerGroup]:
    """The groups that a customer may apply for now."""
    return [offer.group for offer in offers(customer) if not offer.why_not]


def send(form: ApplyForm, customer: Customer, *, by: Actor) -> Application | None:
    """Apply as a valid form says; None when this very form was sent before.

    Raises:
        AlreadyApplied, AlreadyMember, NotOffered, TooEarly: it cannot be applied for, or not now (`REFUSALS`).
    """
    if form_keys.first_use(form.form_key.data or "") is None:
        return None
    group, answers = int(form.text("group")), form.chosen.answers
    return applications.submit(customer, group, by=by, message=form.text("message"), answers=answers)


def free(customer: Customer) -> list[CustomerGroup]:
    """The groups that a customer may join at once."""
    return [group for group in queries.open_to(customer.id) if not group.asks_approval]
