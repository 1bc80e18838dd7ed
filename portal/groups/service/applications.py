"""Applications: sent, decided once, withdrawn, run out; the hold at the door follows them."""

from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Hold
from portal.audit import service as audit
from portal.audit.service import SYSTEM, Actor
from portal.customers.models import Customer
from portal.customers.service import records
from portal.foundation import pages
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import mails, queries, rules
from portal.groups.errors import AlreadyApplied, AlreadyDecided, AlreadyMember, NotOffered, ReasonMissing
from portal.groups.models import Application, ApplicationEvent, ApplicationState, Approval, CustomerGroup
from portal.groups.service import memberships, own

KEPT_WAITING = timedelta(days=90)
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
    if wanted.is_default or wanted.id in _groups_of(customer):
        return None
    if wanted.approval is not Approval.NONE:
        close_open(customer, by=by)
        return _open(customer, wanted, by=by, held=wanted.approval is Approval.GATE)
    if standing is None or standing.is_default:
        memberships.prefer(customer, wanted, by=by)
    else:
        memberships.join(customer, wanted, by=by)
    return None


def submit(customer: Customer, group_id: int, *, by: Actor) -> Application:
    """Open an application of somebody who has an account; a declined applicant waits at the door again.

    Raises:
        NotOffered: there is no such group to apply for.
        AlreadyMember: the customer is in it.
        AlreadyApplied: another application of theirs waits.
    """
    wanted = next((group for group in queries.offered_at_registration() if group.id == group_id), None)
    if wanted is None or wanted.approval is Approval.NONE:
        raise NotOffered(_("This group takes no applications now. Choose another one."))
    if wanted.id in _groups_of(customer):
        raise AlreadyMember(_("You’re in the group %(group)s already.", group=wanted.name))
    memberships.lock(customer.id)
    return _open(customer, wanted, by=by, held=_held(customer) is not None)


def approve(application_id: int, *, by: Actor) -> Application:
    """Let somebody in: member of the group asked for, on its terms, free to sign in, told by mail.

    Raises:
        NotFound: there is no such application.
        NotAllowed: it is the decider's own.
        AlreadyDecided: it waits no longer; nothing was changed.
    """
    row = _end(application_id, ApplicationState.APPROVED, by=by)
    memberships.prefer(row.customer, row.group, by=by)
    _hold(row.customer, None)
    mails.application_approved(row)
    return row


def decline(application_id: int, *, reason: str, by: Actor) -> Application:
    """Say no with a reason, which the mail tells; somebody held at the door stays there, as declined.

    Raises:
        ReasonMissing: nothing to tell the customer.
        NotFound: there is no such application.
        NotAllowed: it is the decider's own.
        AlreadyDecided: it waits no longer; nothing was changed.
    """
    if not reason.strip():
        raise ReasonMissing(_("Choose a reason, or write one."))
    row = _end(application_id, ApplicationState.DECLINED, by=by, reason=reason.strip())
    if _held(row.customer) is not None:
        _hold(row.customer, Hold.DECLINED)
    mails.application_declined(row)
    return row


def withdraw(application: Application, *, by: Actor) -> None:
    """Take an application back; its customer goes on in the default group.

    Raises:
        AlreadyDecided: it waits no longer.
    """
    row = _end(application.id, ApplicationState.WITHDRAWN, by=by)
    _hold(row.customer, None)


def close_open(customer: Customer, *, by: Actor) -> Application | None:
    """Take back the open application of a customer, if there is one, and return it."""
    memberships.lock(customer.id)
    waiting = queries.open_application(customer.id)
    return _end(waiting.id, ApplicationState.WITHDRAWN, by=by) if waiting is not None else None


def close_by_hand(customer: Customer, *, by: Actor) -> None:
    """What enabling or regrouping by staff does: no application stays open, no hold stays on the door.

    Raises:
        NotAllowed: staff would let themselves in.
    """
    own.refuse(customer, by)
    closed = close_open(customer, by=by)
    _hold(customer, None)
    if closed is not None:
        mails.application_closed(closed)


def set_group(customer: Customer, group_id: int, *, by: Actor) -> None:
    """Give a customer a group's terms by hand; the one they have already changes nothing.

    Raises:
        NotAllowed: staff would give them to themselves.
        NotFound: there is no such group.
    """
    group = queries.group(group_id)
    if group is None:
        raise NotFound(_("This group no longer exists. Choose another one."))
    memberships.lock(customer.id)
    before = queries.preferred_group(customer.id)
    if before is not None and before.id == group.id:
        return
    close_by_hand(customer, by=by)
    memberships.prefer(customer, group, by=by)
    _record("customer.regrouped", customer, by=by, changes={"group": (before.name if before else None, group.name)})


def expire_due() -> int:
    """End applications that nobody decided in 90 days, and tell how many; their customers may sign in."""
    due = queries.open_since(now() - KEPT_WAITING, most=SWEPT)
    for application_id in due:
        with suppress(AlreadyDecided):
            row = _end(application_id, ApplicationState.EXPIRED, by=SYSTEM)
            _hold(row.customer, None)
            mails.application_closed(row)
    return len(due)


def decision_of(row: Application) -> str:
    """Who decided what and when, in words; nothing while it waits."""
    when = pages.moment(row.decided_at) if row.decided_at else ""
    return rules.decision_in_words(row.state, row.decided_by, when)


def _open(customer: Customer, group: CustomerGroup, *, by: Actor, held: bool) -> Application:
    row = Application(customer=customer, group=group, state=ApplicationState.SUBMITTED, submitted_at=now())
    row.events = [ApplicationEvent(state=row.state, who=memberships.signature(by), at=row.submitted_at)]
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        raise AlreadyApplied(_("You have an application that waits. Withdraw it first.")) from None
    if held:
        _hold(customer, Hold.WAITING)
    _record("application.submitted", customer, by=by, changes={"application": (None, _told(row))})
    mails.application_received(row)
    return row


def _end(application_id: int, state: ApplicationState, *, by: Actor, reason: str = "") -> Application:
    """Take the one step into an end; of many at the same moment one gets a row back, the others a refusal."""
    found = queries.application(application_id)
    if found is None:
        raise NotFound(_("There is no such application."))
    own.refuse(found.customer, by)
    memberships.lock(found.customer_id)
    db.session.refresh(found)
    before, moment = _told(found), now()
    step = (
        sa.update(Application)
        .where(Application.id == application_id, Application.state.in_(rules.states_before(state)))
        .values(state=state, decided_at=moment, decided_by=memberships.signature(by), reason=reason)
        .returning(Application.id)
    )
    if db.session.scalars(step).one_or_none() is None:
        raise AlreadyDecided(decision_of(found))
    db.session.refresh(found)
    found.events.append(ApplicationEvent(at=moment, state=state, who=memberships.signature(by), reason=reason))
    changes = {"application": (before, _told(found))}
    _record(f"application.{state.value}", found.customer, by=by, changes=changes, reason=reason)
    return found


def _told(row: Application) -> str:
    return f"{row.group.name}: {row.state.value}"


def _groups_of(customer: Customer) -> set[int]:
    return {membership.group_id for membership in queries.memberships(customer.id)}


def _held(customer: Customer) -> Hold | None:
    account = records.account_of(customer)
    return account.held_for if account is not None else None


def _hold(customer: Customer, hold: Hold | None) -> None:
    """Close or open the door of the account, and have the customer's one word follow."""
    account = records.account_of(customer)
    if account is None or account.held_for is hold:
        return
    account.held_for, account.held_at = hold, now() if hold else None
    records.refresh_status(customer)


def _record(verb: str, customer: Customer, *, by: Actor, changes: audit.Changes, reason: str = "") -> None:
    audit.record(verb, records.subject(customer), by=by, changes=changes, reason=reason)
