"""Find an account by its address, what waits for one, and the question of an account."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.accounts.models import (
    Account,
    AccountStatus,
    Authenticator,
    CoolingOff,
    Hold,
    Passkey,
    Realm,
    Registration,
    SecurityAnswer,
)
from portal.accounts.rules.waiting import OPEN_FOR
from portal.foundation import emails
from portal.foundation.clock import now
from portal.foundation.database import LARGEST_ID, db, table_of
from portal.foundation.pagination import Order, Page, slice_of
from portal.foundation.straight import Straight

NEWEST_FIRST = Order(Registration.id, Registration.id, descending=True)

_accounts, _registrations = table_of(Account), table_of(Registration)
_apps, _passkeys = table_of(Authenticator), table_of(Passkey)

# Made once, since every sign-in needs them: to build a statement takes longer than to run it.
_BY_EMAIL = sa.select(Account).where(Account.realm == sa.bindparam("realm"), Account.email_key == sa.bindparam("key"))
_WAITING = (
    sa.select(Registration)
    .where(
        Registration.email_key == sa.bindparam("key"),
        Registration.ended_at.is_(None),
        Registration.expires_at > sa.bindparam("moment"),
    )
    .order_by(Registration.id.desc())
)

# Whether the right password alone does not let the owner in.
HAS_FACTOR = sa.or_(
    sa.exists().where(_apps.c.account_id == sa.bindparam("owner"), _apps.c.confirmed_at.is_not(None)),
    sa.exists().where(_passkeys.c.account_id == sa.bindparam("owner")),
)
_newest_waiting = sa.select(sa.func.max(_registrations.c.id)).where(
    _registrations.c.email_key == sa.bindparam("waiting"),
    _registrations.c.ended_at.is_(None),
    _registrations.c.expires_at > sa.bindparam("moment"),
)
# One row whatever there is, so that the question is the same for every address.
_BEHIND = Straight(
    sa.select(
        _accounts.c.id, _accounts.c.password_hash, _registrations.c.id, _registrations.c.password_hash
    ).select_from(
        sa.select(sa.literal_column("1"))
        .subquery("one")
        .outerjoin(
            _accounts,
            sa.and_(_accounts.c.realm == sa.bindparam("realm"), _accounts.c.email_key == sa.bindparam("key")),
        )
        .outerjoin(_registrations, _registrations.c.id == _newest_waiting.scalar_subquery())
    )
)
_AT_THE_DOOR = Straight(
    sa.select(
        _accounts.c.id,
        _accounts.c.realm,
        _accounts.c.email,
        _accounts.c.password_hash,
        _accounts.c.status,
        _accounts.c.epoch,
        _accounts.c.held_for,
        _accounts.c.last_sign_in_at,
        HAS_FACTOR,
    )
    .where(_accounts.c.id == sa.bindparam("owner"))
    .with_for_update(of=_accounts)
)


@dataclass(frozen=True)
class Behind:
    """What stands behind an address at the door: ids and hashes of its account and of what waits for it, if any."""

    account_id: int | None
    account_hash: str | None
    registration_id: int | None
    registration_hash: str | None


@dataclass(frozen=True)
class Holder:
    """Somebody whose right password was typed: what letting them in needs of their account."""

    id: int
    realm: Realm
    email: str
    password_hash: str
    status: AccountStatus
    epoch: int
    held_for: Hold | None
    last_sign_in_at: datetime | None
    has_factor: bool

    @property
    def is_enabled(self) -> bool:
        return self.status is AccountStatus.ENABLED


Owner = Account | Holder


def behind(realm: Realm, email: str) -> Behind:
    """What a password typed for an address is compared with: its account, and of customers the newest registration."""
    key = emails.key(email)
    waiting = key if realm is Realm.CUSTOMER else None
    values = {"realm": realm, "key": key, "waiting": waiting, "moment": now()}
    return Behind(*_BEHIND.one(values))


def at_the_door(account_id: int) -> Holder | None:
    """Whose right password was typed, as their account stands now, held for writing until the transaction ends."""
    found = _AT_THE_DOOR.row({"owner": account_id})
    return Holder(*found) if found is not None else None


def by_email(realm: Realm, email: str) -> Account | None:
    """The account of an address in a realm."""
    return db.session.scalar(_BY_EMAIL, {"realm": realm, "key": emails.key(email)})


def waiting_registrations(email: str) -> list[Registration]:
    """The registrations of an address that can still be confirmed, newest first."""
    return list(db.session.scalars(_WAITING, {"key": emails.key(email), "moment": now()}))


def unconfirmed(*, after: str = "", before: str = "") -> Page[Registration]:
    """Registrations that can still be confirmed, of every address, newest first."""
    query = sa.select(Registration).where(Registration.ended_at.is_(None), Registration.expires_at > now())
    return slice_of(query, NEWEST_FIRST, after=after, before=before)


def registration(registration_id: int) -> Registration | None:
    """A registration that can still be confirmed."""
    row = db.session.get(Registration, registration_id) if registration_id <= LARGEST_ID else None
    return row if row is not None and row.is_open and row.expires_at > now() else None


def question_of(account_id: int) -> SecurityAnswer | None:
    """The security question of an account and the hash of its answer."""
    return db.session.get(SecurityAnswer, account_id)


def has_passkey(account_id: int) -> bool:
    """Whether an account can be entered without its password."""
    return bool(db.session.scalar(sa.select(sa.exists().where(Passkey.account_id == account_id))))


def waiting_recovery(account_id: int) -> CoolingOff | None:
    """The recovery of an account that waits since its answer is forgotten, or whose link can still be used."""
    waiting = sa.select(CoolingOff).where(
        CoolingOff.account_id == account_id,
        CoolingOff.stopped_at.is_(None),
        CoolingOff.used_at.is_(None),
        CoolingOff.due_at > now() - OPEN_FOR,
    )
    return db.session.scalar(waiting.order_by(CoolingOff.id.desc()).limit(1))
