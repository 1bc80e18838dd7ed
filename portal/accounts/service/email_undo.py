"""The way back from a change of address: its old mailbox takes the account back from whoever changed it."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from portal.accounts.mails import email_change as mails
from portal.accounts.models import (
    Account,
    Authenticator,
    ChangeState,
    EmailChange,
    Passkey,
    RecoveryCode,
    SecurityAnswer,
)
from portal.accounts.rules.links import UNDO_CHANGE
from portal.accounts.service import devices, pending
from portal.accounts.service.email_change import held, move
from portal.accounts.service.trail import actor_of, subject_of
from portal.audit.service import record
from portal.foundation import tokens
from portal.foundation.clock import now
from portal.foundation.database import db

NO_PASSWORD = ""  # fits nothing that anybody types
ONE_VISIT = timedelta(days=1)  # before the change was asked for: who adds a factor first gets no further by it
MADE: dict[Any, str] = {
    Authenticator: "created_at",
    Passkey: "created_at",
    RecoveryCode: "created_at",
    SecurityAnswer: "changed_at",
}


def undo(token: str) -> EmailChange:
    """Give an account back its address of before a change, and to nobody but the mailbox of that address.

    Whoever made the change was in the account, so everything of theirs goes: the changes after this one, sessions,
    trusted browsers, second factors and the security question that came since the day before it was asked for, and the
    password. The mail that goes to the old address at once carries the link to choose another; the address that is left
    is told.

    Raises:
        NotFound: no such link.
        Expired: seven days are over, or it was undone already.
        Conflict: the old address belongs to somebody else by now; nothing is changed.
    """
    change, account = held(UNDO_CHANGE, token)
    tokens.redeem(UNDO_CHANGE, token)
    left = account.email
    move(account, change.old_email, by=actor_of(account))
    for undone in _since(change):
        undone.state, undone.settled_at = ChangeState.UNDONE, now()
        tokens.revoke(UNDO_CHANGE, undone.id)
    dropped = _drop_what_came_since(account, change)
    account.password_hash = NO_PASSWORD
    account.password_changed_at = now()
    pending.end_all(account, actor_of(account))
    devices.sign_out_everywhere(account)
    told = {"dropped": ("", ", ".join(dropped))}
    record("account.email_change_undone", subject_of(account), by=actor_of(account), changes=told)
    mails.undone(change)
    mails.taken_back(change, left)
    return change


def _since(change: EmailChange) -> list[EmailChange]:
    """A change in force, and those in force that came after it."""
    in_force = sa.select(EmailChange).where(
        EmailChange.account_id == change.account_id,
        EmailChange.state == ChangeState.APPLIED,
        EmailChange.settled_at >= change.settled_at,
    )
    return list(db.session.scalars(in_force))


def _drop_what_came_since(account: Account, change: EmailChange) -> list[str]:
    """Take away what the one who changed the address may have added to get in again; returns what it was."""
    dropped = []
    since = change.asked_at - ONE_VISIT
    for table, moment in MADE.items():
        added = sa.delete(table).where(table.account_id == account.id, getattr(table, moment) >= since)
        if db.session.execute(added).rowcount:  # type: ignore[attr-defined]  # a delete's result is a CursorResult
            dropped.append(table.__tablename__)
    return dropped
