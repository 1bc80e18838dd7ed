"""One step of an application: taken by one of many at the same moment, kept in its history, followed by the door."""

from collections.abc import Collection

import sqlalchemy as sa

from portal.accounts.models import Hold
from portal.audit import service as audit
from portal.audit.service import Actor
from portal.customers.models import Customer
from portal.customers.service import records
from portal.foundation import pages
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import queries, rules
from portal.groups.errors import AlreadyDecided
from portal.groups.models import OPEN_STATES, Application, ApplicationEvent, ApplicationState, Step
from portal.groups.service import memberships, own, scopes

OF_STEPS = {
    Step.ASKED: ApplicationState.NEEDS_INFORMATION,
    Step.ANSWERED: ApplicationState.SUBMITTED,
    Step.SECONDED: ApplicationState.SUBMITTED,
    Step.APPROVED: ApplicationState.APPROVED,
    Step.DECLINED: ApplicationState.DECLINED,
    Step.UNDONE: ApplicationState.SUBMITTED,
    Step.WITHDRAWN: ApplicationState.WITHDRAWN,
    Step.EXPIRED: ApplicationState.EXPIRED,
}


def reserve(application_id: int, *, by: Actor) -> Application:
    """An application as it is now, while nobody else decides about its customer.

    Raises:
        NotFound: there is no such application.
        NotAllowed: it is the decider's own, or none that they decide about.
    """
    row = queries.application(application_id)
    if row is None:
        raise NotFound(_("There is no such application."))
    own.refuse(row.customer, by)
    scopes.refuse(row, by)
    memberships.lock(row.customer_id)
    db.session.refresh(row)
    return row


def take(
    row: Application,
    step: Step,
    *,
    by: Actor,
    said: str = "",
    from_states: Collection[ApplicationState] = (),
    **values: object,
) -> ApplicationEvent:
    """Take one step of a reserved application; of many at the same moment one takes it, the others are refused.

    Args:
        row: the application.
        step: what happens.
        by: who does it.
        said: the words that go with it.
        from_states: where it may start; those that lead to its state unless given.
        values: what else is written.

    Raises:
        AlreadyDecided: it is not where the step starts; nothing was changed.
    """
    state, moment, before = OF_STEPS[step], now(), told(row)
    if state not in OPEN_STATES:
        values |= {"decided_at": moment, "decided_by": memberships.signature(by)}
    starts = from_states or rules.states_before(state)
    here = sa.update(Application).where(Application.id == row.id, Application.state.in_(starts))
    taken = here.values(state=state, **values).returning(Application.id)
    if db.session.scalars(taken).one_or_none() is None:
        raise AlreadyDecided(decision_of(row) or _("This waits for a decision now."))
    db.session.refresh(row)
    event = ApplicationEvent(at=moment, step=step, state=state, who=memberships.signature(by), reason=said)
    row.events.append(event)
    db.session.flush()  # for the number of the event, which its mail names
    changes, reason = {"application": (before, told(row))}, said if step is Step.DECLINED else ""
    record(f"application.{step.value}", row.customer, by=by, changes=changes, reason=reason)
    return event


def decision_of(row: Application) -> str:
    """Who decided what and when, in words; nothing while it waits for us."""
    if row.state is ApplicationState.NEEDS_INFORMATION:
        asked = queries.latest_event(row.id, Step.ASKED)
        return rules.decision_in_words(row.state, asked.who, pages.moment(asked.at)) if asked else ""
    when = pages.moment(row.decided_at) if row.decided_at else ""
    return rules.decision_in_words(row.state, row.decided_by, when)


def told(row: Application) -> str:
    """An application as the audit log tells it."""
    return f"{row.group.name}: {row.state.value}"


def held(customer: Customer) -> Hold | None:
    """Why the door is closed to a customer."""
    account = records.account_of(customer)
    return account.held_for if account is not None else None


def hold(customer: Customer, reason: Hold | None) -> None:
    """Close or open the door of the account, and have the customer's one word follow."""
    account = records.account_of(customer)
    if account is None or account.held_for is reason:
        return
    account.held_for, account.held_at = reason, now() if reason else None
    records.refresh_status(customer)


def record(verb: str, customer: Customer, *, by: Actor, changes: audit.Changes, reason: str = "") -> None:
    """Write what happened to a customer's groups to the audit log."""
    audit.record(verb, records.subject(customer), by=by, changes=changes, reason=reason)
