"""Passkeys as proof: to sign in with alone, beside a password, and to confirm who is at the keyboard.

A verb that refuses comes back without an exception, so that the challenge it used up and the warning of a copied
passkey are stored.
"""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from portal.accounts import mails
from portal.accounts.models import Account, Passkey, SignInSession
from portal.accounts.rules import passkeys as rules
from portal.accounts.rules.passkeys import Purpose
from portal.accounts.service import attestations, ceremonies, passkeys, sessions
from portal.accounts.service import second_step as second_steps
from portal.accounts.service.attestations import Refused
from portal.accounts.service.ceremonies import Place
from portal.accounts.service.entering import Door, Outcome, admit
from portal.accounts.service.sessions import Visitor
from portal.accounts.service.trail import subject_of
from portal.audit.service import SYSTEM, record
from portal.foundation import throttle
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.throttle import Limit

ASKED = Limit("passkey asked for from", 300, timedelta(minutes=15))  # sign-in pages ask when they are opened
TRIED = Limit("passkey from", 50, timedelta(minutes=15))


def ask(purpose: Purpose, place: Place, visitor: Visitor, account: Account | None = None) -> dict[str, Any]:
    """Options with which a browser shows that it has a passkey: of an account, or of whom it likes.

    Raises:
        TooMany: from this network.
    """
    throttle.count((ASKED, throttle.network(visitor.address)))
    challenge = ceremonies.begin(purpose, place, account.id if account else None)
    verified = rules.demands_verification(purpose, place.realm)
    return rules.asking(challenge, place.party, passkeys.known(account) if account else (), verified=verified)


def sign_in(place: Place, answer: dict[str, Any], visitor: Visitor, *, remember: bool = False) -> Outcome:
    """Let somebody in by a passkey alone: the device and the finger, face or PIN that it demands are two factors.

    Whatever is not right gets the same outcome: a passkey that is unknown or removed, of the other realm, of an account
    that is disabled, an answer that was tampered with, came too late or twice.

    Raises:
        TooMany: from this network.
    """
    throttle.count((TRIED, throttle.network(visitor.address)))
    passkey = _prove(Purpose.SIGN_IN, place, answer)
    if passkey is None:
        return Outcome(Door.REFUSED)
    account = db.session.get_one(Account, passkey.account_id)
    return admit(account, visitor, methods="passkey", remember=remember)


def second_step(
    flow: SignInSession, place: Place, answer: dict[str, Any], visitor: Visitor, *, remember: bool = False
) -> Outcome:
    """Let somebody in whose password was right and who has a passkey of the same account.

    Raises:
        TooMany: from this network.
    """
    throttle.count((TRIED, throttle.network(visitor.address)))
    if _prove(Purpose.SECOND_STEP, place, answer, flow.account) is None:
        return Outcome(Door.REFUSED)
    return second_steps.finish(flow, visitor, method="passkey", remember=remember)


def confirm(row: SignInSession, place: Place, answer: dict[str, Any], visitor: Visitor) -> str | None:
    """Believe for a while that the owner is at the keyboard: the new handle of their session, None when refused.

    Raises:
        TooMany: from this network.
    """
    throttle.count((TRIED, throttle.network(visitor.address)))
    if _prove(Purpose.CONFIRM, place, answer, row.account) is None:
        return None
    return sessions.confirm(row, "passkey")


def _prove(purpose: Purpose, place: Place, answer: dict[str, Any], owner: Account | None = None) -> Passkey | None:
    """The passkey that signed a challenge of ours, whose account is enabled, of this realm, and held for writing."""
    challenge = rules.client_data_of(answer).get("challenge")
    if not ceremonies.take(challenge, purpose, place, owner.id if owner else None):
        return None
    passkey = _claimed(answer)
    if passkey is None or (owner is not None and passkey.account_id != owner.id):
        return None
    account = db.session.get_one(Account, passkey.account_id, with_for_update=True, populate_existing=True)
    if account.realm is not place.realm or not account.is_enabled:
        return None
    verified = rules.demands_verification(purpose, place.realm)
    try:
        count = attestations.signed(answer, str(challenge), place.party, passkey.public_key, verified=verified)
    except Refused:
        return None
    return passkey if _went_on(account, passkey, count) else None


def _claimed(answer: dict[str, Any]) -> Passkey | None:
    credential = answer.get("id")
    if not isinstance(credential, str) or not credential.isascii() or "\0" in credential:
        return None
    return db.session.scalar(sa.select(Passkey).where(Passkey.credential == credential))


def _went_on(account: Account, passkey: Passkey, count: int) -> bool:
    """Note a use; one whose counter did not go up is of a copy (devices that do not count say 0 for ever)."""
    noted = db.session.execute(
        sa.update(Passkey)
        .where(
            Passkey.id == passkey.id,
            sa.or_(Passkey.sign_count < count, sa.and_(Passkey.sign_count == 0, sa.literal(count) == 0)),
        )
        .values(sign_count=count, used_at=now())
    )
    if noted.rowcount == 1:  # type: ignore[attr-defined]  # an update's result is a CursorResult
        return True
    mails.passkey_copied(account, passkey.name)
    record("account.passkey_copied", subject_of(account), by=SYSTEM, changes={"passkey": ("", passkey.name)})
    return False
