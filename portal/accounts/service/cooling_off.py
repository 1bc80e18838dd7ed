"""A recovery whose answer is forgotten: it waits a day, warns twice, and then a mailed link works without the answer.

So an answer delays whoever reads somebody else's mail by a day in which the owner can stop them, and never locks an
owner out. Signing in meanwhile stops nothing by itself: it may be the other one who knows the password; a new password
does (see `pending`).
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from portal.accounts.mails import cooling_off as mails
from portal.accounts.models import Account, CoolingOff, SessionKind, SignInSession
from portal.accounts.queries import waiting_recovery
from portal.accounts.rules.links import RESET, STOP_REMINDED, STOP_WAITING
from portal.accounts.rules.waiting import REMINDED_BEFORE, WAIT, WARNED
from portal.accounts.service import pending
from portal.accounts.service.trail import actor_of, subject_of
from portal.audit.service import SYSTEM, record
from portal.foundation import tokens
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Expired, NotFound
from portal.foundation.text import _
from portal.foundation.tokens import Purpose

Step = InstrumentedAttribute[datetime | None]
FLOWS = (SessionKind.FLOW, SessionKind.RESET)


def begin(account: Account) -> CoolingOff:
    """Let a recovery wait, as somebody asks behind a mailed link who forgot the answer; at most one waits."""
    db.session.refresh(account, with_for_update=True)
    waiting = waiting_recovery(account.id)
    if waiting is not None:
        return waiting
    row = CoolingOff(account_id=account.id, asked_at=now(), due_at=now() + WAIT)
    db.session.add(row)
    db.session.flush()
    mails.asked(row, account)
    record("account.cooling_off_asked", subject_of(account), by=actor_of(account))
    return row


def behind(token: str) -> CoolingOff:
    """The recovery that a mailed link would stop; changes nothing.

    Raises:
        NotFound: no such link.
        Expired: it was stopped or used, or is long over.
    """
    row = db.session.get(CoolingOff, tokens.find(_purpose(token), token).subject_id, populate_existing=True)
    if row is None or row.stopped_at is not None or row.used_at is not None:
        raise Expired(_("This was stopped or finished already."))
    return row


def stop(token: str) -> None:
    """Stop a recovery from the mailbox; the links that whoever asked for it may hold end, too.

    Raises:
        NotFound, Expired: as `behind`.
    """
    account = db.session.get_one(Account, behind(token).account_id, with_for_update=True, populate_existing=True)
    row = behind(token)
    tokens.redeem(_purpose(token), token)
    _stop(row, account)


def stop_own(account: Account) -> None:
    """Stop the recovery of an account, as its owner asks who is signed in.

    Raises:
        NotFound: none waits.
    """
    db.session.refresh(account, with_for_update=True)
    row = waiting_recovery(account.id)
    if row is None:
        raise NotFound(_("This was stopped or finished already."))
    _stop(row, account)


def use(row: CoolingOff) -> None:
    """Note that a new password was chosen behind its link."""
    row.used_at = now()
    account = db.session.get_one(Account, row.account_id)
    record("account.cooling_off_used", subject_of(account), by=actor_of(account))


def sweep() -> None:
    """Send the second warning, and to those who were warned long enough ago the link."""
    moment = now()
    for row, account in _due(CoolingOff.reminded_at, CoolingOff.due_at <= moment + REMINDED_BEFORE):
        if _note(row, CoolingOff.reminded_at, moment):
            mails.reminder(row, account)
    warned = CoolingOff.reminded_at <= moment - WARNED
    for row, account in _due(CoolingOff.opened_at, CoolingOff.due_at <= moment, warned):
        if _note(row, CoolingOff.opened_at, moment):
            record("account.cooling_off_opened", subject_of(account), by=SYSTEM)
            mails.opened(row, account)


def _purpose(token: str) -> Purpose:
    """Which of the two warnings carried a link."""
    try:
        tokens.subject_of(STOP_WAITING, token)
    except NotFound:
        return STOP_REMINDED
    return STOP_WAITING


def _stop(row: CoolingOff, account: Account) -> None:
    pending.stop(row, account, actor_of(account))
    tokens.revoke(RESET, account.id)
    db.session.execute(
        sa.update(SignInSession)
        .where(
            SignInSession.account_id == account.id,
            SignInSession.kind.in_(FLOWS),
            SignInSession.revoked_at.is_(None),
        )
        .values(revoked_at=now(), revoked_for="recovery stopped")
    )


def _due(step: Step, *when: sa.ColumnElement[bool]) -> list[tuple[CoolingOff, Account]]:
    waiting = (
        sa.select(CoolingOff, Account)
        .join(Account, Account.id == CoolingOff.account_id)
        .where(CoolingOff.stopped_at.is_(None), CoolingOff.used_at.is_(None), step.is_(None), *when)
    )
    return [(row, account) for row, account in db.session.execute(waiting)]


def _note(row: CoolingOff, step: Step, moment: datetime) -> bool:
    """Whether it was this worker that took the step: of several one does, and none after it was stopped."""
    step_taken = sa.update(CoolingOff).where(CoolingOff.id == row.id, step.is_(None), CoolingOff.stopped_at.is_(None))
    result = db.session.execute(step_taken.values({step: moment}))
    return bool(result.rowcount == 1)  # type: ignore[attr-defined]  # an update's result is a CursorResult
