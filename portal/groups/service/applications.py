"""Applications: sent, answered, withdrawn, run out; closed by whoever regroups a customer by hand."""

from contextlib import suppress
from datetime import timedelta
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Hold
from portal.audit.service import SYSTEM, Actor
from portal.config import settings
from portal.customers.models import Customer
from portal.customers.service import custom_values, records
from portal.customers.service.custom_values import Answers
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import mails, queries
from portal.groups.errors import AlreadyApplied, AlreadyDecided, AlreadyMember, AnswerMissing, NotOffered, TooEarly
from portal.groups.models import Application, ApplicationEvent, ApplicationState, Approval, CustomerGroup, Step
from portal.groups.service import letting_in, memberships, own, steps
from portal.groups.service.deciding import again_in_words, approve, decline
from portal.groups.service.steps import decision_of

__all__ = [
    "answer", "apply_quietly", "approve", "close_by_hand", "close_open", "decision_of", "decline", "expire_due",
    "join_at_registration", "set_group", "submit", "withdraw",
]  # fmt: skip

NO_ANSWERS: Answers = MappingProxyType({})
SWEPT = 100  # applications that one sweep ends


def join_at_registration(customer: Customer, group_id: int | None, *, by: Actor) -> Application | None:
    """Give a new customer their group, or open the application that it asks for.

    A group that is no longer offered is as good as none chosen: the default group. What staff gave somebody before
    they registered stays. An applicant of a gate group is held at the door.
    """
    default = queries.default_group()
    standing = queries.preferred_group(customer.id)
    memberships.join(customer, default, by=by)
    wanted = next((group for group in queries.offered_at_registration() if group.id == group_id), default)
    if wanted.is_default or wanted.id in memberships.group_ids(customer.id):
        return None
    if wanted.asks_approval:
        close_open(customer, by=by)
        return _open(customer, wanted, by=by, held=wanted.approval is Approval.GATE)
    if standing is None or standing.is_default:
        memberships.prefer(customer, wanted, by=by)
    else:
        memberships.join(customer, wanted, by=by)
    return None


def submit(
    customer: Customer, group_id: int, *, by: Actor, message: str = "", answers: Answers = NO_ANSWERS
) -> Application:
    """Open an application of somebody who has an account, with what they answered to the group's questions.

    A declined applicant waits at the door again.

    Raises:
        NotOffered: there is no such group to apply for.
        AlreadyMember: the customer is in it.
        TooEarly: they were declined for it, and may not apply now.
        AlreadyApplied: another application of theirs waits.
    """
    wanted = next((group for group in queries.offered_at_registration() if group.id == group_id), None)
    if wanted is None or not wanted.asks_approval:
        raise NotOffered(_("This group takes no applications now. Choose another one."))
    memberships.lock(customer.id)
    if wanted.id in memberships.group_ids(customer.id):
        raise AlreadyMember(_("You’re in the group %(group)s already.", group=wanted.name))
    declined = queries.latest_decline(customer.id, wanted.id)
    if declined is not None and (declined.may_reapply_at is None or declined.may_reapply_at > now()):
        raise TooEarly(again_in_words(declined))
    if queries.open_application(customer.id) is not None:
        raise AlreadyApplied(_("You have an application that waits. Withdraw it first."))
    row = _open(customer, wanted, by=by, held=steps.held(customer) is not None, message=message.strip())
    if answers:
        custom_values.answer(customer, row.id, answers, by=by)
    return row


def answer(application_id: int, text: str, *, by: Actor, answers: Answers = NO_ANSWERS) -> Application:
    """Answer what an approver asked, in words and in the group's questions; the application is theirs to decide again.

    Raises:
        AnswerMissing: nothing was written.
        AlreadyDecided: nothing is asked any more.
    """
    if not text.strip():
        raise AnswerMissing(_("Write your answer."))
    row = steps.reserve(application_id, by=by)
    if row.is_pending:  # of a decision that can be taken back its customer hears nothing
        raise AlreadyDecided(_("We need no answer any more. You get an email soon."))
    steps.take(row, Step.ANSWERED, by=by, said=text.strip(), answered_at=now(), reminded_at=None)
    if answers:
        custom_values.answer(row.customer, row.id, answers, by=by)
    return row


def withdraw(application: Application, *, by: Actor) -> None:
    """Take an application back, which a mail confirms; its customer goes on in the default group.

    Raises:
        AlreadyDecided: it waits no longer.
    """
    row = steps.reserve(application.id, by=by)
    _end(row, Step.WITHDRAWN, by=by)
    steps.hold(row.customer, None)
    mails.application_withdrawn(row)


def close_open(customer: Customer, *, by: Actor) -> Application | None:
    """Take back the open application of a customer, if there is one, and return it."""
    memberships.lock(customer.id)
    waiting = queries.open_application(customer.id)
    if waiting is None:
        return None
    own.refuse(customer, by)
    _end(waiting, Step.WITHDRAWN, by=by)
    return waiting


def close_by_hand(customer: Customer, *, by: Actor) -> None:
    """What enabling or regrouping by staff does: no application stays open, no hold stays on the door.

    Raises:
        NotAllowed: staff would let themselves in.
    """
    own.refuse(customer, by)
    closed = close_open(customer, by=by)
    steps.hold(customer, None)
    if closed is not None:
        mails.application_closed(closed)


def set_group(customer: Customer, group_id: int, *, by: Actor) -> None:
    """Give a customer a group's terms by hand; the one they have already changes nothing.

    Raises:
        NotAllowed: staff would give them to themselves.
        ApprovalNeeded: it takes a decision that is not theirs to take.
        NotFound: there is no such group.
    """
    group = queries.group(group_id)
    if group is None:
        raise NotFound(_("This group no longer exists. Choose another one."))
    memberships.lock(customer.id)
    before = queries.preferred_group(customer.id)
    if before is not None and before.id == group.id:
        return
    own.refuse(customer, by)
    letting_in.refuse(customer, group, by)
    close_by_hand(customer, by=by)
    records.bump(customer)
    memberships.prefer(customer, group, by=by)
    changes = {"group": (before.name if before else None, group.name)}
    steps.record("customer.regrouped", customer, by=by, changes=changes)


def expire_due() -> int:
    """End applications that nobody decided in time, and tell how many; their customers may sign in."""
    kept = timedelta(days=settings().application_days)
    due = queries.open_since(now() - kept, most=SWEPT)
    for application_id in due:
        with suppress(AlreadyDecided):
            row = steps.reserve(application_id, by=SYSTEM)
            steps.take(row, Step.EXPIRED, by=SYSTEM)
            steps.hold(row.customer, None)
            mails.application_closed(row)
    return len(due)


def apply_quietly(customer: Customer, group_id: int, *, by: Actor) -> Application | None:
    """Have an application wait that somebody brings for a customer, as an import does: nobody is mailed, nobody held.

    None where the group is gone, the customer is in it, or an application of theirs waits already.
    """
    group = queries.group(group_id)
    memberships.lock(customer.id)
    if group is None or group.id in memberships.group_ids(customer.id):
        return None
    with suppress(AlreadyApplied, NotOffered):
        return _open(customer, group, by=by, held=False, tell=False)
    return None


def _end(row: Application, step: Step, *, by: Actor) -> None:
    """End an application that waits as far as its customer knows; a decision that was not carried out goes with it."""
    starts = (row.state,) if row.is_pending else ()
    steps.take(
        row, step, by=by, from_states=starts, reason="", may_reapply_at=None, releases_address=False, undo_until=None
    )


def _open(
    customer: Customer, group: CustomerGroup, *, by: Actor, held: bool, message: str = "", tell: bool = True
) -> Application:
    moment = now()
    row = Application(
        customer=customer,
        group=group,
        state=ApplicationState.SUBMITTED,
        message=message,
        submitted_at=moment,
    )
    row.events = [
        ApplicationEvent(step=Step.SUBMITTED, state=row.state, who=memberships.signature(by), at=moment, reason=message)
    ]
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        if db.session.scalar(sa.select(CustomerGroup.id).where(CustomerGroup.id == group.id)) is None:
            raise NotOffered(_("This group takes no applications now. Choose another one.")) from None
        raise AlreadyApplied(_("You have an application that waits. Withdraw it first.")) from None
    if held:
        steps.hold(customer, Hold.WAITING)
    steps.record("application.submitted", customer, by=by, changes={"application": (None, steps.told(row))})
    if tell:
        mails.application_received(row)
    return row
