"""Ten codes on paper that open the second step once each, for whoever has lost the rest."""

import sqlalchemy as sa

from portal.accounts.models import Account, RecoveryCode
from portal.accounts.rules import recovery_codes as rules
from portal.foundation import crypto
from portal.foundation.clock import now
from portal.foundation.database import db

PURPOSE = "recovery code"


def left(account: Account) -> int:
    """How many codes of an account still work."""
    unused = sa.select(sa.func.count()).where(RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None))
    return int(db.session.execute(unused).scalar_one())


def are_unused(account: Account, codes: list[str]) -> bool:
    """Whether codes are those of an account, all of them still of use."""
    digests = [digest for code in codes for digest in _digests(account, code)]
    known = sa.select(sa.func.count()).where(
        RecoveryCode.account_id == account.id, RecoveryCode.digest.in_(digests), RecoveryCode.used_at.is_(None)
    )
    return bool(codes) and int(db.session.execute(known).scalar_one()) == len(codes)


def replace(account: Account) -> list[str]:
    """Make a new set, which comes back as it is shown; of the one before nothing works any more."""
    forget(account)
    codes = rules.new_codes()
    db.session.add_all(RecoveryCode(account_id=account.id, digest=_digests(account, code)[0]) for code in codes)
    db.session.flush()
    return codes


def forget(account: Account) -> None:
    """Delete the codes of an account."""
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account.id))


def use(account: Account, typed: str) -> bool:
    """Whether a code is one of the account's and was not used before; it never counts again."""
    digests = _digests(account, typed)
    # The database decides, so that of several uses at the same moment one counts.
    used = db.session.execute(
        sa.update(RecoveryCode)
        .where(RecoveryCode.account_id == account.id, RecoveryCode.digest.in_(digests), RecoveryCode.used_at.is_(None))
        .values(used_at=now())
        .execution_options(synchronize_session=False)
    )
    return bool(used.rowcount == 1)  # type: ignore[attr-defined]  # an update's result is a CursorResult


def _digests(account: Account, code: str) -> list[str]:
    # With the account in it, so that equal codes of two people are not equal in the table.
    return crypto.keyed_hashes(PURPOSE, f"{account.id}:{rules.tidied(code)}")
