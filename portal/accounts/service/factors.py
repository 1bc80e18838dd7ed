"""Second factors: which an account has, what that asks of a sign-in, and what follows when one comes or goes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from portal.accounts import mails, queries
from portal.accounts.models import Account, Authenticator, Passkey, SignInSession
from portal.accounts.rules import recovery_codes as rules
from portal.accounts.service import devices, recovery_codes, sessions
from portal.accounts.service.trail import actor_of, subject_of
from portal.audit.service import Actor, record
from portal.foundation.database import db
from portal.foundation.errors import Conflict
from portal.foundation.straight import Straight
from portal.foundation.text import _

_ASKED = Straight(sa.select(queries.HAS_FACTOR))


class Change(StrEnum):
    """What happened to the factors of an account; the owner is told, and the audit log under `account.…`."""

    APP_ADDED = "app_added"
    APP_REMOVED = "app_removed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    CODES_MADE = "codes_made"
    ALL_REMOVED = "factors_removed"


@dataclass(frozen=True)
class Factors:
    """What an account has besides its password."""

    app_since: datetime | None
    passkeys: int
    codes_left: int

    @property
    def has_few_codes(self) -> bool:
        """Whether it is time to make new recovery codes."""
        return bool(self) and self.codes_left <= rules.FEW

    def __bool__(self) -> bool:
        return self.app_since is not None or self.passkeys > 0


def asked_of(account: Account) -> bool:
    """Whether the right password alone does not let somebody in."""
    return bool(_ASKED.one({"owner": account.id})[0])


def of(account: Account) -> Factors:
    """What an account has."""
    app = sa.select(Authenticator.confirmed_at).where(Authenticator.account_id == account.id)
    passkeys = sa.select(sa.func.count()).where(Passkey.account_id == account.id)
    return Factors(db.session.scalar(app), int(db.session.execute(passkeys).scalar_one()), recovery_codes.left(account))


def changed(account: Account, change: Change, *, kept: SignInSession) -> str:
    """What follows when the owner added or removed a factor, in the session that goes on.

    Every other session ends, the owner is told, the audit log too, and with the last factor the recovery codes go.
    The session goes on under a new handle, which comes back.
    """
    if not asked_of(account):
        recovery_codes.forget(account)
    devices.sign_out_others(account, kept)
    _tell(account, change, by=actor_of(account))
    return sessions.renew(kept)


def make_codes(account: Account) -> list[str]:
    """Make the owner a new set of recovery codes, which comes back; of the one before nothing works any more.

    Raises:
        Conflict: the account asks for no second step, which they are for.
    """
    db.session.refresh(account, with_for_update=True)
    if not asked_of(account):
        raise Conflict(_("Recovery codes are for a second step. Set up an authenticator app or a passkey first."))
    codes = recovery_codes.replace(account)
    _tell(account, Change.CODES_MADE, by=actor_of(account))
    return codes


def remove_all(account: Account, by: Actor, reason: str = "") -> None:
    """Take every factor from somebody who has lost them; every session ends, and the password alone opens a new one.

    Args:
        account: whose factors they are.
        by: who removes them.
        reason: why, for the audit log.
    """
    db.session.refresh(account, with_for_update=True)
    for table in (Authenticator, Passkey):
        db.session.execute(sa.delete(table).where(table.account_id == account.id))
    recovery_codes.forget(account)
    devices.sign_out_everywhere(account)
    _tell(account, Change.ALL_REMOVED, by=by, reason=reason)


def _tell(account: Account, change: Change, *, by: Actor, reason: str = "") -> None:
    mails.factor_changed(account, change)
    record(f"account.{change}", subject_of(account), by=by, reason=reason)
