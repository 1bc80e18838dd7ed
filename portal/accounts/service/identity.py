"""The help desk's cases: somebody on the telephone proves who they are, and staff learn only whether it matched."""

from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa

from portal.accounts import queries
from portal.accounts.errors import NotProven
from portal.accounts.mails import help_desk as mails
from portal.accounts.models import Account, IdentityCase, ProvenBy, SecurityAnswer
from portal.accounts.rules import questions
from portal.accounts.rules.answers import normalise
from portal.accounts.service import lost_factors, support_pin
from portal.accounts.service.trail import subject_of
from portal.audit.service import Actor, record
from portal.config import settings
from portal.foundation import hashing, throttle
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict, Expired, NotAllowed, TooMany
from portal.foundation.hashing import Secret
from portal.foundation.text import _
from portal.foundation.throttle import Limit

LIFETIME = timedelta(minutes=30)
PER_CASE = Limit("answers of a case", 3, timedelta(hours=1))
PER_DAY = Limit("answers at the help desk", 5, timedelta(days=1))  # of one customer, over all staff


class Checked(StrEnum):
    """What became of what a caller said."""

    MATCH = "match"
    NO_MATCH = "no match"
    OVER = "over"  # no match, and the case is closed
    TOMORROW = "tomorrow"  # not compared: the answers of today are used up


def open_case(account: Account, staff_member_id: int, reason: str, by: Actor) -> IdentityCase:
    """Begin to verify who calls; a case that the member had open for this customer is closed."""
    db.session.execute(
        sa.update(IdentityCase)
        .where(
            IdentityCase.account_id == account.id,
            IdentityCase.staff_member_id == staff_member_id,
            IdentityCase.closed_at.is_(None),
        )
        .values(closed_at=now())
    )
    case = IdentityCase(account_id=account.id, staff_member_id=staff_member_id, reason=reason)
    db.session.add(case)
    db.session.flush()
    record("account.identity_case_opened", subject_of(account), by=by, reason=reason)
    return case


def current(account_id: int, staff_member_id: int) -> IdentityCase | None:
    """The case that a member has open for a customer, of the last half hour."""
    opened = sa.select(IdentityCase).where(
        IdentityCase.account_id == account_id,
        IdentityCase.staff_member_id == staff_member_id,
        IdentityCase.closed_at.is_(None),
        IdentityCase.opened_at > now() - LIFETIME,
    )
    return db.session.scalar(opened.order_by(IdentityCase.id.desc()).limit(1))


def proven(account_id: int, staff_member_id: int) -> IdentityCase | None:
    """The case of a member in which a customer has proven who they are; what it opens ends with it."""
    case = current(account_id, staff_member_id)
    return case if case is not None and case.proven_at is not None else None


def demand(account: Account, staff_member_id: int) -> IdentityCase:
    """The case that lets a member do what only the customer may ask for.

    Raises:
        NotProven: this member has not verified the customer within the last half hour.
    """
    case = proven(account.id, staff_member_id)
    if case is None:
        raise NotProven(_("Verify first who is calling: on the customer’s Security tab, choose “Verify identity”."))
    return case


def question_of(account: Account) -> SecurityAnswer | None:
    """The question that can be asked of a caller; None where the shop or this customer has none."""
    return None if settings().security_question == "off" else queries.question_of(account.id)


def reveal_question(case: IdentityCase, account: Account, by: Actor) -> None:
    """Show the question of the customer from now to the end of the case: their own words may tell of their life.

    Raises:
        Expired: the case is over, or has its match.
        Conflict: this customer has no question.
    """
    _hold(case)
    if question_of(account) is None:
        raise Conflict(_("This customer has no security question. Ask for a support PIN."))
    if case.revealed_at is None:
        case.revealed_at = now()
        record("account.question_shown", subject_of(account), by=by, reason=case.reason)


def shown_question(case: IdentityCase, account: Account) -> str:
    """The question in words once it was revealed, else empty."""
    asked = question_of(account) if case.revealed_at is not None else None
    return questions.words(asked.question) if asked is not None else ""


def check_answer(case: IdentityCase, account: Account, said: str, by: Actor) -> Checked:
    """Compare what a caller says with the answer on record, counted before it is compared.

    Raises:
        NotAllowed: the question was not shown in this case.
        Conflict: this customer has no question any more.
        Expired: the case is over, or has its match.
        Busy: too many hashes wait already.
    """
    asked = question_of(account)
    if case.revealed_at is None:
        raise NotAllowed(_("Show the question first."))
    if asked is None:
        raise Conflict(_("This customer has no security question. Ask for a support PIN."))
    _refuse_unless_open(case)
    try:
        tries = throttle.count((PER_CASE, str(case.id)))[PER_CASE]
    except TooMany:
        return _ended(case, account, by)
    try:
        throttle.count((PER_DAY, str(account.id)))
    except TooMany:
        record("account.identity_refused", subject_of(account), by=by)
        return Checked.TOMORROW
    right = hashing.verify(Secret.ANSWER, asked.answer_hash, normalise(said))
    _hold(case)
    case.tries = max(case.tries, tries)
    if right:
        return _proven(case, account, ProvenBy.ANSWER, by)
    return _ended(case, account, by) if tries >= PER_CASE.hits else _missed(account, by)


def check_pin(case: IdentityCase, account: Account, said: str, by: Actor) -> Checked:
    """Compare what a caller reads out with the support PIN that they made; a right one is used up.

    Raises:
        Expired: the case is over, or has its match.
    """
    _hold(case)
    if support_pin.use(account.id, said):
        return _proven(case, account, ProvenBy.PIN, by)
    return _missed(account, by)


def close(case: IdentityCase) -> None:
    """End a case; what a match opened ends with it."""
    case.closed_at = case.closed_at or now()


def sweep(kept: timedelta = timedelta(days=30)) -> None:
    """Delete cases of long ago; the audit log keeps what became of them."""
    db.session.execute(sa.delete(IdentityCase).where(IdentityCase.opened_at <= now() - kept))


def _is_open(case: IdentityCase) -> bool:
    return case.closed_at is None and case.proven_at is None and now() < case.opened_at + LIFETIME


def _refuse_unless_open(case: IdentityCase) -> None:
    if not _is_open(case):
        raise Expired(_("This case is over. Open a new one."))


def _hold(case: IdentityCase) -> None:
    # Held for writing, and asked once more: two answers sent at once must not both count as the match.
    db.session.refresh(case, with_for_update=True)
    _refuse_unless_open(case)


def _proven(case: IdentityCase, account: Account, by_what: ProvenBy, by: Actor) -> Checked:
    case.proven_at, case.proven_by = now(), by_what
    record(f"account.identity_proven_by_{by_what.value}", subject_of(account), by=by, reason=case.reason)
    mails.identity_proven(account, lost_factors.stay_until(account, case))
    return Checked.MATCH


def _missed(account: Account, by: Actor) -> Checked:
    record("account.identity_not_proven", subject_of(account), by=by)
    return Checked.NO_MATCH


def _ended(case: IdentityCase, account: Account, by: Actor) -> Checked:
    close(case)
    _missed(account, by)
    return Checked.OVER
