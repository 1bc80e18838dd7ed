"""The second step of a sign-in: a code of the app or a recovery code, counted before it is compared."""

import logging
from datetime import timedelta

from portal.accounts import mails
from portal.accounts.models import Account, SignInSession
from portal.accounts.service import recovery_codes, sessions, totp
from portal.accounts.service.entering import Door, Outcome, admit
from portal.accounts.service.sessions import Visitor
from portal.accounts.service.trail import subject_of
from portal.audit.service import VISITOR, record
from portal.foundation import database, throttle
from portal.foundation.database import db
from portal.foundation.errors import TooMany
from portal.foundation.throttle import Limit

PER_FLOW = Limit("codes of a sign-in", 5, timedelta(hours=1))
PER_ACCOUNT = Limit("codes of an account", 10, timedelta(minutes=15))
PER_DAY = Limit("codes of a day", 50, timedelta(days=1))
TOLD = Limit("mails about codes", 3, timedelta(hours=1))
APP, CODE = "totp", "code"

log = logging.getLogger(__name__)


def prove(flow: SignInSession, code: str, visitor: Visitor, *, remember: bool = False) -> Outcome:
    """Try a code after the right password; lets its owner in where it is right.

    The door is REFUSED after a wrong code, and OVER when the sign-in has to begin anew: too many wrong codes, of
    which the owner is told, or it went on in another window.
    """
    account = flow.account
    try:
        tries = throttle.count((PER_FLOW, str(flow.id)))[PER_FLOW]
        method = check(account, code)
    except TooMany:
        return _give_up(flow)
    if method is None:
        log.info("second step refused", extra={"realm": account.realm.value, "account": account.id})
    else:
        return finish(flow, visitor, method=method, remember=remember)
    return _give_up(flow) if tries >= PER_FLOW.hits else Outcome(Door.REFUSED)


def finish(flow: SignInSession, visitor: Visitor, *, method: str, remember: bool = False) -> Outcome:
    """Let somebody in who has proven their second factor by a method; OVER when that happened before."""
    account = flow.account
    db.session.refresh(account, with_for_update=True)
    if not sessions.end_flow(flow):
        return Outcome(Door.OVER)
    return admit(account, visitor, methods=f"{flow.methods} {method}", remember=remember)


def check(account: Account, code: str) -> str | None:
    """By which method a code proves its owner: "totp", "code", or None; a right one is used up.

    Raises:
        TooMany: tried too often for this account.
    """
    count_try(account)
    return use(account, code)


def count_try(account: Account) -> None:
    """Count a code before it is compared (see `use`).

    Raises:
        TooMany: tried too often for this account.
    """
    throttle.count((PER_ACCOUNT, str(account.id)), (PER_DAY, str(account.id)))


def use(account: Account, code: str) -> str | None:
    """Compare a code that was counted and use it up: the method by which it proves its owner, or None."""
    db.session.refresh(account, with_for_update=True)
    if totp.use(account, code):
        method = APP
    elif recovery_codes.use(account, code):
        method = CODE
        mails.recovery_code_used(account, recovery_codes.left(account))
    else:
        return None
    for limit in (PER_DAY, PER_ACCOUNT):  # as they are counted, so that two never wait for each other
        throttle.forget(limit, str(account.id))
    return method


def _give_up(flow: SignInSession) -> Outcome:
    account = flow.account
    database.rollback()  # nothing was written, but comparing a code may have tried to
    is_news = _is_news(account)
    if sessions.end_flow(flow):
        record("account.codes_used_up", subject_of(account), by=VISITOR)
        if is_news:
            mails.codes_used_up(account)
    return Outcome(Door.OVER)


def _is_news(account: Account) -> bool:
    # Not one of the limited kinds of mail: whoever has the password could use those up first, and so hide this one.
    try:
        throttle.count((TOLD, str(account.id)))
    except TooMany:
        return False
    return True
