"""Recovery: mailed link → security question → new password; a right answer grants nothing without the link."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from portal.accounts import mails, queries
from portal.accounts.models import Account, CoolingOff, SecurityAnswer, SessionKind, SignInSession
from portal.accounts.rules.answers import normalise
from portal.accounts.rules.links import OPEN_WAITED, RESET
from portal.accounts.service import answers, cooling_off, factors, passwords, second_step, sessions
from portal.accounts.service.answers import PER_DAY
from portal.accounts.service.sessions import Visitor
from portal.audit.service import Actor, record
from portal.config import settings
from portal.foundation import hashing, throttle, tokens
from portal.foundation.database import db
from portal.foundation.errors import Expired, NotAllowed, TooMany
from portal.foundation.hashing import Secret
from portal.foundation.text import _
from portal.foundation.throttle import Limit
from portal.foundation.tokens import ActionToken

ASKED = Limit("recovery from", 200, timedelta(hours=1))  # a mailbox is guarded by the limits of mails
PER_LINK = Limit("answers of a link", 5, timedelta(hours=1))
CODES_PER_LINK = Limit("codes of a link", 5, timedelta(hours=1))


class Answered(StrEnum):
    """What became of an answer, or of a code."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"  # wrong, and it was the last that this link takes


@dataclass(frozen=True)
class Recovery:
    """A mailed link, and the session into which its first answer turned it (see `begun`).

    `waited` is what made up for the answer when the link is one that was waited for.
    """

    token: str
    account: Account
    flow: SignInSession | None = None
    waited: CoolingOff | None = None

    @property
    def asks_factor(self) -> bool:
        """Whether a second factor is asked for; it is stronger than an answer, so that is not asked then."""
        return not self._is_answered and factors.asked_of(self.account)

    @property
    def question(self) -> SecurityAnswer | None:
        """What is asked before the new password; None when nothing is, or it was answered or waited for."""
        if settings().security_question == "off" or self.waited or self._is_answered or self.asks_factor:
            return None
        return queries.question_of(self.account.id)

    @property
    def _is_answered(self) -> bool:
        return self.flow is not None and self.flow.kind is SessionKind.RESET


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
    record("account.reset_link_sent", passwords.subject_of(account), by=by)


def begun(token: str, flow: SignInSession | None) -> Recovery:
    """The recovery of a mailed link, in a browser that holds the session `flow` for it, or none; changes nothing.

    Raises:
        NotFound: no such link.
        Expired: it was used in another browser, has run out, or the password was changed since.
    """
    if flow is not None:
        tokens.subject_of(RESET, token)
        return Recovery(token, flow.account, flow)
    return Recovery(token, _owner(tokens.find(RESET, token)))


def begun_after_waiting(token: str, flow: SignInSession | None) -> Recovery:
    """As `begun`, with the link that comes when the answer is forgotten.

    Raises:
        NotFound: no such link.
        Expired: it was stopped or used, has run out, or the password was changed since.
    """
    subject_id = tokens.subject_of(OPEN_WAITED, token)
    waited = db.session.get(CoolingOff, subject_id, populate_existing=True)
    if waited is None or waited.stopped_at is not None or waited.used_at is not None:
        raise Expired(_("This link no longer works. Ask for a new one."))
    if flow is not None:
        return Recovery(token, flow.account, flow, waited)
    return Recovery(token, _owner(tokens.find(OPEN_WAITED, token)), waited=waited)


def answer_question(recovery: Recovery, answer: str, visitor: Visitor) -> tuple[Answered, str | None]:
    """Try an answer, counted before it is compared.

    The first one uses the link up; a handle comes back when the browser needs another session from now on.

    Raises:
        Expired: the link was used up, or the recovery ended, at this moment.
        Busy: too many hashes wait already.
    """
    asked = recovery.question
    try:
        tries = throttle.count((PER_LINK, recovery.token), (PER_DAY, str(recovery.account.id)))[PER_LINK]
    except TooMany:
        _give_up(recovery)
        return Answered.OVER, None
    plain = normalise(answer)
    right = hashing.verify(Secret.ANSWER, asked.answer_hash if asked else None, plain)
    if not right and tries >= PER_LINK.hits:
        _give_up(recovery)
        return Answered.OVER, None
    fresh = _fresh(asked, plain) if right else None
    _use_up(recovery)
    if asked is not None and fresh is not None:
        asked.answer_hash = fresh
    if right:
        return Answered.RIGHT, sessions.open_flow(recovery.account, SessionKind.RESET, visitor)
    return Answered.WRONG, sessions.open_flow(recovery.account, SessionKind.FLOW, visitor)


def wait_instead(recovery: Recovery) -> CoolingOff:
    """Wait a day instead of answering; the link goes on taking answers meanwhile.

    Raises:
        NotAllowed: no answer is asked for.
        Expired: the recovery ended at this moment.
    """
    if recovery.question is None:
        raise NotAllowed(_("No answer is asked for. Choose a new password."))
    waits = cooling_off.begin(recovery.account)
    if recovery.flow is None:
        _owner(tokens.find(RESET, recovery.token))  # once more, now that the account is held
    return waits


def prove_factor(recovery: Recovery, code: str, visitor: Visitor) -> tuple[Answered, str | None]:
    """Try a code of the app or a recovery code, as `answer_question` tries an answer; a right one is used up.

    Raises:
        TooMany: too many codes were tried for this account; the link goes on working.
        Expired: the link was used up, or the recovery ended, at this moment.
    """
    try:
        tries = throttle.count((CODES_PER_LINK, recovery.token))[CODES_PER_LINK]
    except TooMany:
        _give_up(recovery)
        return Answered.OVER, None
    right = second_step.check(recovery.account, code) is not None
    if not right and tries >= CODES_PER_LINK.hits:
        _give_up(recovery)
        return Answered.OVER, None
    _use_up(recovery)
    if right:
        return Answered.RIGHT, sessions.open_flow(recovery.account, SessionKind.RESET, visitor)
    return Answered.WRONG, sessions.open_flow(recovery.account, SessionKind.FLOW, visitor)


def choose_password(recovery: Recovery, password: str) -> None:
    """Set the new password; every session and link of the account ends, and nobody is signed in.

    Raises:
        NotAllowed: the second factor was not proven, or the security question not answered.
        PasswordIsAnswer: it is the answer to the security question; the link goes on working.
        Expired: the link was used up, or the recovery ended, at this moment.
        Busy: too many hashes wait already.
    """
    if recovery.asks_factor:
        raise NotAllowed(_("Enter a code of your second step first."))
    if recovery.question is not None:
        raise NotAllowed(_("Answer your security question first."))
    answers.refuse_as_password(recovery.account, password)
    [made] = hashing.make((Secret.PASSWORD, password))
    _use_up(recovery)
    if recovery.waited is not None:
        cooling_off.use(recovery.waited)
    passwords.set_password(recovery.account, made, by=passwords.actor_of(recovery.account))


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
    record("account.question_changed", passwords.subject_of(account), by=passwords.actor_of(account))


def _owner(row: ActionToken) -> Account:
    account_id = row.subject_id
    if row.purpose == OPEN_WAITED.name:
        account_id = db.session.get_one(CoolingOff, row.subject_id).account_id
    account = db.session.get(Account, account_id)
    if account is None or not account.is_enabled or row.bound_to != str(account.epoch):
        raise Expired(_("This link no longer works. Ask for a new one."))
    return account


def _fresh(asked: SecurityAnswer | None, plain: str) -> str | None:
    if asked is None or not hashing.is_outdated(Secret.ANSWER, asked.answer_hash):
        return None
    [made] = hashing.make((Secret.ANSWER, plain))
    return made


def _use_up(recovery: Recovery) -> None:
    # After a hash: held for writing, and asked once more whether it may go on.
    account, flow = recovery.account, recovery.flow
    db.session.refresh(account, with_for_update=True)
    if flow is None:
        _owner(tokens.redeem(RESET if recovery.waited is None else OPEN_WAITED, recovery.token))
    elif not sessions.end_flow(flow):
        raise Expired(_("This took too long, or was finished in another window. Ask for a new link."))


def _give_up(recovery: Recovery) -> None:
    try:
        _use_up(recovery)
    except Expired:
        return
    mails.answers_used_up(recovery.account)
