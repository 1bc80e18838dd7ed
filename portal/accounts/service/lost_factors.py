"""A second factor that a caller says is lost: how soon staff may take it away, by what the caller has proven.

Who reads out a support PIN was let in with that factor on this very day. An answer is only known, perhaps by somebody
who knows the password, too: it has to match once more 72 hours after the first match, of which the owner hears. Whoever
proves the factor meanwhile, or chooses another password or answer, has not lost it, and the wait begins anew.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.accounts import queries
from portal.accounts.models import SIGNED_IN, Account, IdentityCase, ProvenBy, SignInSession
from portal.accounts.service import factors
from portal.foundation.clock import now
from portal.foundation.database import db

WAIT = timedelta(hours=72)
HOLDS = timedelta(days=7)  # after the wait; then the first match is forgotten
PASSWORD_ALONE = "password"


def stay_until(account: Account, case: IdentityCase) -> datetime | None:
    """Until when the factors of an account stay although a case has its match; None when they may go, or none is on."""
    if case.proven_at is None or case.proven_by is not ProvenBy.ANSWER or not factors.asked_of(account):
        return None
    first = _first_match(account) or case.proven_at
    return first + WAIT if first + WAIT > now() else None


def _first_match(account: Account) -> datetime | None:
    """The first match of an answer since the owner was last heard of."""
    known_since = max(now() - WAIT - HOLDS, account.password_changed_at, _last_proof(account), _last_answer(account))
    matches = sa.select(sa.func.min(IdentityCase.proven_at)).where(
        IdentityCase.account_id == account.id,
        IdentityCase.proven_by == ProvenBy.ANSWER,
        IdentityCase.proven_at > known_since,
    )
    return db.session.scalar(matches)


def _last_answer(account: Account) -> datetime:
    """When the answer was chosen that is compared."""
    asked = queries.question_of(account.id)
    return asked.changed_at if asked is not None else account.created_at


def _last_proof(account: Account) -> datetime:
    """When somebody last came in by more than the password."""
    proofs = sa.select(sa.func.max(SignInSession.authenticated_at)).where(
        SignInSession.account_id == account.id,
        SignInSession.kind.in_(SIGNED_IN),
        SignInSession.methods != PASSWORD_ALONE,
    )
    return db.session.scalar(proofs) or account.created_at
