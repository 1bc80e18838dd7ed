"""Signing in: the same work for every address, and the truth only after the right password."""

import logging
from dataclasses import dataclass

from portal.accounts import queries
from portal.accounts.models import Account, Realm, Registration, SessionKind
from portal.accounts.rules.passwords import LONGEST
from portal.accounts.service import devices, factors, passwords, sessions, tries
from portal.accounts.service.entering import Door, Outcome, admit
from portal.accounts.service.sessions import Visitor
from portal.foundation import database, hashing
from portal.foundation.hashing import Secret

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Found:
    account: Account | None
    registration: Registration | None
    device_id: int | None

    @property
    def password_hash(self) -> str | None:
        owner = self.account or self.registration
        return owner.password_hash if owner else None


def sign_in(realm: Realm, email: str, password: str, visitor: Visitor, *, remember: bool = False) -> Outcome:
    """Try an address and a password; opens a session where they fit.

    Exactly one hash is compared: the account's, else the newest waiting registration's, else a dummy.

    Raises:
        TooMany: for this address, known or not, or from this network (see `tries`).
        Busy: too many hashes wait already, which costs no try; or tries cannot be counted.
    """
    outcome = _try(realm, email, password, visitor, remember=remember)
    if outcome.handle is None:
        log.info("not signed in", extra={"realm": realm.value, "outcome": outcome.door.value})
    return outcome


def _try(realm: Realm, email: str, password: str, visitor: Visitor, *, remember: bool) -> Outcome:
    with database.reading():
        found = _find(realm, email, visitor)
        stored = found.password_hash
    with hashing.reserved():  # so that one who finds no place has not tried
        attempt = tries.begin(realm, email, visitor, found.device_id)
        if len(password) > LONGEST or not hashing.verify(Secret.PASSWORD, stored, password) or stored is None:
            return Outcome(Door.REFUSED)
    fresh = hashing.renewed(Secret.PASSWORD, stored, password) if found.account else None
    tries.forgive(attempt)
    if found.account is None:
        return Outcome(Door.UNCONFIRMED, registration=found.registration)
    return _enter(found.account, stored, fresh, visitor, remember=remember)


def _find(realm: Realm, email: str, visitor: Visitor) -> _Found:
    account = queries.by_email(realm, email)
    # Asked for every address of customers, so that an account makes no difference to the work.
    waiting = queries.waiting_registrations(email)[:1] if realm is Realm.CUSTOMER else []
    device_id = devices.known(account.id if account else 0, visitor)
    return _Found(account, waiting[0] if waiting and account is None else None, device_id)


def _enter(account: Account, known: str, fresh: str | None, visitor: Visitor, *, remember: bool) -> Outcome:
    account = queries.held(account)
    if account.password_hash != known:
        return Outcome(Door.REFUSED)
    if not account.is_enabled:
        return Outcome(Door.DISABLED, account=account)
    if fresh is not None:
        passwords.rehash(account, known, fresh)
    if factors.asked_of(account):
        return Outcome(Door.SECOND_STEP, sessions.open_flow(account, SessionKind.SECOND_STEP, visitor), account)
    return admit(account, visitor, methods="password", remember=remember)
