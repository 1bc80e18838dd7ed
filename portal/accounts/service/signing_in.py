"""Signing in: the same work for every address, and the truth only after the right password."""

import logging

from portal.accounts import queries
from portal.accounts.models import Realm, SessionKind
from portal.accounts.rules.passwords import LONGEST
from portal.accounts.service import devices, passwords, sessions, tries
from portal.accounts.service.entering import Door, Outcome, admit
from portal.accounts.service.sessions import Visitor
from portal.foundation import database, hashing, throttle
from portal.foundation.hashing import Secret

log = logging.getLogger(__name__)


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
    database.release()
    with hashing.reserved():  # so that one who finds no place has not tried
        with throttle.or_closed():
            found = queries.behind(realm, email)
            device_id = devices.known(found.account_id or 0, visitor)
            attempt = tries.begin(realm, email, visitor, device_id)
        stored = found.registration_hash if found.account_id is None else found.account_hash
        if len(password) > LONGEST or not hashing.verify(Secret.PASSWORD, stored, password) or stored is None:
            return Outcome(Door.REFUSED)
    fresh = hashing.renewed(Secret.PASSWORD, stored, password) if found.account_id else None
    tries.forgive(attempt)
    if found.account_id is None:
        return Outcome(Door.UNCONFIRMED)
    return _enter(found.account_id, stored, fresh, visitor, remember=remember)


def _enter(account_id: int, known: str, fresh: str | None, visitor: Visitor, *, remember: bool) -> Outcome:
    account = queries.at_the_door(account_id)
    if account is None or account.password_hash != known:
        return Outcome(Door.REFUSED)
    if not account.is_enabled:
        return Outcome(Door.DISABLED)
    if fresh is not None:
        passwords.rehash(account, known, fresh)
    if account.has_factor:
        return Outcome(Door.SECOND_STEP, sessions.open_flow(account, SessionKind.SECOND_STEP, visitor))
    return admit(account, visitor, methods="password", remember=remember)
