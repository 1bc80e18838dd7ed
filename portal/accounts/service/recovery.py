"""Recovery: mailed link → security question → new password; a right answer grants nothing without the link."""

from datetime import timedelta
from enum import StrEnum

from portal.accounts import mails, queries
from portal.accounts.models import Account, SecurityAnswer, SessionKind, SignInSession
from portal.accounts.rules.answers import normalise
from portal.accounts.rules.links import RESET
from portal.accounts.service import passwords, sessions
from portal.accounts.service.sessions import Visitor
from portal.audit.service import Actor, record
from portal.config import settings
from portal.foundation import hashing, throttle, tokens
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Expired, TooMany
from portal.foundation.hashing import Secret
from portal.foundation.text import _
from portal.foundation.throttle import Limit
from portal.foundation.tokens import ActionToken

ASKED = Limit("recovery from", 200, timedelta(hours=1))  # a mailbox is guarded by the limits of mails
PER_FLOW = Limit("answers of a recovery", 5, timedelta(hours=1))
PER_DAY = Limit("answers of a day", 10, timedelta(days=1))


class Answered(StrEnum):
    """What became of an answer."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"  # wrong, and it was the last that this recovery takes


def request_recovery(email: str, visitor: Visitor) -> None:
    """Ask for a way in: one mail, the same work for every address.

    Raises:
        TooMany: asked too often from this network.
    """
    throttle.count((ASKED, throttle.network(visitor.address)))
    mails.recovery(email)


def send_reset_link(account: Account, by: Actor) -> None:
    """Send the mail of a recovery, as staff do."""
    mails.recovery(account.email)
    record("send reset link", passwords.subject_of(account), by=by)


def owner_of(token: str) -> Account:
    """Whose recovery a mailed link is; nothing is used up.

    Raises:
        NotFound: no such link.
        Expired: it was used, has run out, or the password was changed since.
    """
    return _owner(tokens.find(RESET, token))


def begin(token: str, visitor: Visitor) -> tuple[SignInSession, str]:
    """Use the link up and open a recovery of ten minutes; returns it with the handle for the cookie.

    Raises:
        NotFound: as `owner_of`.
        Expired: as `owner_of`, or somebody was faster.
    """
    account = _owner(tokens.redeem(RESET, token))
    kind = SessionKind.FLOW if asked_of(account) else SessionKind.RESET
    return sessions.open_flow(account, kind, visitor)


def asked_of(account: Account) -> SecurityAnswer | None:
    """The question that stands between a mailed link and a new password."""
    return None if settings().security_question == "off" else queries.question_of(account.id)


def answer_question(flow: SignInSession, answer: str, visitor: Visitor) -> tuple[Answered, str | None]:
    """Try an answer, counted before it is compared; the right one opens the step of the new password.

    Returns what became of it, and the handle of that step.

    Raises:
        Busy: too many hashes wait already.
    """
    asked = asked_of(flow.account)
    stored = asked.answer_hash if asked else None
    try:
        tries = throttle.count((PER_FLOW, str(flow.id)), (PER_DAY, str(flow.account_id)))[PER_FLOW]
    except TooMany:
        return _give_up(flow), None
    plain = normalise(answer)
    if not hashing.verify(Secret.ANSWER, stored, plain):
        return (_give_up(flow) if tries >= PER_FLOW.hits else Answered.WRONG), None
    fresh = None
    if stored is not None and hashing.is_outdated(Secret.ANSWER, stored):
        [fresh] = hashing.make((Secret.ANSWER, plain))
    if not _is_still(flow, SessionKind.FLOW):
        return Answered.OVER, None
    if asked is not None and fresh is not None:
        asked.answer_hash = fresh
    sessions.end_session(flow.id, "answered")
    _, handle = sessions.open_flow(flow.account, SessionKind.RESET, visitor)
    return Answered.RIGHT, handle


def choose_password(flow: SignInSession, password: str) -> None:
    """Set the new password; every session and link of the account ends, and nobody is signed in.

    Raises:
        Expired: the recovery ended meanwhile.
        Busy: too many hashes wait already.
    """
    [made] = hashing.make((Secret.PASSWORD, password))
    if not _is_still(flow, SessionKind.RESET):
        raise Expired(_("This took too long, or was finished in another window. Ask for a new link."))
    account = flow.account
    sessions.end_session(flow.id, "finished")
    if account.email_confirmed_at is None:
        account.email_confirmed_at = now()
    passwords.set_password(account, made, by=passwords.actor_of(account))


def change_question(account: Account, current: str, question: str, answer: str) -> None:
    """Take another question and answer from somebody who knows the password; an empty question takes it away.

    Raises:
        WrongPassword: the current password is another.
        TooMany: asked too often.
        Busy: too many hashes wait already.
    """
    known = passwords.check_current(account, current)
    [made] = hashing.make((Secret.ANSWER, answer)) if question else [""]
    passwords.confirm_unchanged(account, known)
    stored = queries.question_of(account.id)
    if stored is not None:
        db.session.delete(stored)
        db.session.flush()
    if question:
        db.session.add(SecurityAnswer(account_id=account.id, question=question, answer_hash=made))
    mails.question_changed(account)
    record("change security question", passwords.subject_of(account), by=passwords.actor_of(account))


def _owner(row: ActionToken) -> Account:
    account = db.session.get(Account, row.subject_id)
    if account is None or not account.is_enabled or row.bound_to != str(account.epoch):
        raise Expired(_("This link no longer works. Ask for a new one."))
    return account


def _is_still(flow: SignInSession, kind: SessionKind) -> bool:
    db.session.refresh(flow.account, with_for_update=True)
    db.session.refresh(flow, with_for_update={"of": SignInSession})
    return flow.kind is kind and sessions.in_force(flow)


def _give_up(flow: SignInSession) -> Answered:
    if _is_still(flow, SessionKind.FLOW):
        sessions.end_session(flow.id, "wrong answers")
        mails.answers_used_up(flow.account)
    return Answered.OVER
