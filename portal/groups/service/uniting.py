"""Two records of one person become one, and two again: what that means for applications that wait."""

from typing import Any

from portal.audit.service import Actor
from portal.customers.models import Customer
from portal.customers.service import carrying
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.text import _
from portal.groups import queries
from portal.groups.models import Application, ApplicationEvent, ApplicationState, Step
from portal.groups.service import memberships, steps


def withdraw(gone: Customer, before: dict[str, Any], *, by: Actor) -> None:
    """Close the application that could not move over, because the record that stays has one of its own.

    Nobody is mailed: to the person one application waits as before.

    Args:
        gone: the record that became part of another.
        before: what undoing gives back, see `carrying.rewrite`.
        by: who does it.
    """
    row = queries.open_application(gone.id)
    if row is None:
        return
    was = steps.told(row)
    ended = {"state": ApplicationState.WITHDRAWN, "decided_at": now(), "decided_by": memberships.signature(by)}
    carrying.rewrite(before, [("application", row.id, {**ended, "undo_until": None})])
    db.session.refresh(row)
    _note(row, Step.WITHDRAWN, by, _("This record became part of another one, which has an application already."))
    steps.record("application.withdrawn", gone, by=by, changes={"application": (was, steps.told(row))})


def reopen(gone: Customer, *, by: Actor) -> None:
    """Tell of the application that waits again; its row was given back with all others."""
    row = queries.open_application(gone.id)
    last = queries.latest_event(row.id) if row is not None else None
    if row is None or last is None or last.step is not Step.WITHDRAWN:
        return
    _note(row, Step.UNDONE, by, "")
    steps.record("application.undone", gone, by=by, changes={"application": (None, steps.told(row))})


def _note(row: Application, step: Step, by: Actor, said: str) -> None:
    who = memberships.signature(by)
    row.events.append(ApplicationEvent(at=now(), step=step, state=row.state, who=who, reason=said))
    db.session.flush()
