"""A decision is carried out: at once, or when the minutes to take it back are over and nobody has."""

from portal.accounts.models import Hold
from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.customers.service import mailbox, records
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.groups import mails, queries
from portal.groups.models import Application, ApplicationState
from portal.groups.service import memberships, steps

SWEPT = 100  # decisions that one sweep carries out


def settle(row: Application) -> None:
    """Carry out the decision on a reserved application: terms, door, address, and the mail that tells of it."""
    row.undo_until = None
    by = Actor(ActorKind.SYSTEM, name=row.decided_by)
    if row.state is ApplicationState.APPROVED:
        records.bump(row.customer)
        memberships.prefer(row.customer, row.group, by=by)
        steps.hold(row.customer, None)
        mails.application_approved(row)
        return
    if steps.held(row.customer) is not None:
        steps.hold(row.customer, Hold.DECLINED)
    mails.application_declined(row)
    if row.releases_address:
        mailbox.release(row.customer, by=by)


def settle_due() -> int:
    """Carry out the decisions that nobody can take back any more, and tell how many that were."""
    done = 0
    for application_id in queries.pending_since(now(), most=SWEPT):
        row = db.session.get_one(Application, application_id)
        memberships.lock(row.customer_id)
        db.session.refresh(row)
        if row.undo_until is not None and row.undo_until <= now():  # not taken back, or carried out, meanwhile
            settle(row)
            done += 1
    return done
