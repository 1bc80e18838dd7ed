"""What was begun for an account and must not outlive its password: links, changes of address, waiting recoveries."""

import sqlalchemy as sa

from portal.accounts.models import Account, ChangeState, CoolingOff, EmailChange
from portal.accounts.rules import links
from portal.accounts.service.trail import subject_of
from portal.audit.service import Actor, record
from portal.foundation import tokens
from portal.foundation.clock import now
from portal.foundation.database import db

CANCELLED, RAN_OUT = "account.email_change_cancelled", "account.email_change_ran_out"


def end_all(account: Account, by: Actor) -> None:
    """End all of it: somebody proved to be the owner, and whatever another one began is over."""
    tokens.revoke(links.RESET, account.id)
    cancel_changes(account, by)
    stop_waiting(account, by)


def cancel_changes(account: Account, by: Actor) -> None:
    """Cancel the changes of address that are not in force yet."""
    asked = sa.select(EmailChange).where(EmailChange.account_id == account.id, EmailChange.state == ChangeState.ASKED)
    for change in db.session.scalars(asked):
        cancel_change(change, account, by)


def cancel_change(change: EmailChange, account: Account, by: Actor, *, verb: str = CANCELLED) -> None:
    """Cancel one change of address and the links that were mailed for it; `verb` tells in the audit log why."""
    change.state, change.settled_at = ChangeState.CANCELLED, now()
    for purpose in (links.CHANGE_EMAIL, links.STOP_CHANGE):
        tokens.revoke(purpose, change.id)
    told = {"new_email": (change.new_email, "")}
    record(verb, subject_of(account), by=by, changes=told)


def stop_waiting(account: Account, by: Actor) -> None:
    """Stop the recoveries without an answer that were not used yet."""
    waiting = sa.select(CoolingOff).where(
        CoolingOff.account_id == account.id, CoolingOff.stopped_at.is_(None), CoolingOff.used_at.is_(None)
    )
    for row in db.session.scalars(waiting):
        stop(row, account, by)


def stop(row: CoolingOff, account: Account, by: Actor) -> None:
    """Stop one of them, and the links that were mailed for it."""
    row.stopped_at = now()
    for purpose in (links.OPEN_WAITED, *links.STOPS):
        tokens.revoke(purpose, row.id)
    record("account.cooling_off_stopped", subject_of(account), by=by)
