"""Tries at signing in, counted before each: nobody gets on by guessing, and nobody keeps the owner out by it.

A browser that is not known counts on what was typed, whether or not it belongs to anybody, on its network, and on all
sign-ins together. A browser that the account trusts counts for itself alone and is stopped by none of those; after too
many wrong tries it is trusted no longer. Only what reaches a hash and is wrong stays counted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.accounts.models import Account, Realm, SignInTries
from portal.accounts.rules.tries import FREE, KEPT, PAUSES, SHUT, WINDOW
from portal.accounts.service import devices
from portal.accounts.service.sessions import Visitor
from portal.foundation import crypto, emails, throttle
from portal.foundation.clock import now
from portal.foundation.database import UtcDateTime, db, table_of
from portal.foundation.errors import TooMany
from portal.foundation.straight import Straight
from portal.foundation.text import _
from portal.foundation.throttle import Limit

BY_DEVICE = Limit("sign-in on", 10, timedelta(minutes=15))
BY_NETWORK = Limit("sign-in from", 50, timedelta(minutes=15))
VALVE = Limit("sign-in of all", 1000, timedelta(minutes=5))

_OVER = """(
    sign_in_tries.window_ends_at <= :moment
    AND (sign_in_tries.blocked_until IS NULL OR sign_in_tries.blocked_until <= :quiet_since))"""
_NUMBER = f"(CASE WHEN {_OVER} THEN 1 ELSE sign_in_tries.in_window + 1 END)"
_PAUSES = " ".join(f"WHEN {_NUMBER} <= {FREE + place} THEN :pause_{place}" for place in range(len(PAUSES)))
# One statement, so that of many tries at once exactly as many pass as may; written out as in `throttle`.
_counted_once = sa.text(
    f"""
    INSERT INTO sign_in_tries (key, failures, window_ends_at, in_window, blocked_until, expires_at)
    VALUES (:key, 1, :window_end, 1, NULL, :kept_until)
    ON CONFLICT (key) DO UPDATE SET
        failures = sign_in_tries.failures + 1,
        window_ends_at = CASE WHEN {_OVER} THEN :window_end ELSE sign_in_tries.window_ends_at END,
        in_window = {_NUMBER},
        blocked_until = CASE
            WHEN {_NUMBER} < {FREE} THEN NULL {_PAUSES} ELSE :pause_{len(PAUSES) - 1} END,
        expires_at = :kept_until
    WHERE sign_in_tries.failures < {SHUT}
        AND (sign_in_tries.blocked_until IS NULL OR sign_in_tries.blocked_until <= :moment)
    RETURNING failures
    """  # noqa: S608 - put together from numbers and names alone
).bindparams(
    *(
        sa.bindparam(name, type_=UtcDateTime())
        for name in (
            *("moment", "quiet_since", "window_end", "kept_until"),
            *(f"pause_{place}" for place in range(len(PAUSES))),
        )
    )
)

_rows = table_of(SignInTries)
_TRY = Straight(_counted_once)
_FORGET = Straight(sa.delete(_rows).where(_rows.c.key == sa.bindparam("tried")))


@dataclass(frozen=True)
class Try:
    """One try that was counted: on a trusted device, else on what was typed and where it came from."""

    key: str
    network: str
    device_id: int | None


def begin(realm: Realm, email: str, visitor: Visitor, device_id: int | None) -> Try:
    """Count a try before it is made, and store that at once: the end of the transaction at hand.

    Args:
        realm: whose door it is.
        email: what was typed.
        visitor: the browser.
        device_id: the device of this account that the browser is, if it is one.

    Raises:
        TooMany: on this address, known or not, from this network, or on all together; nothing was counted.
        Busy: the count cannot be stored, so nobody is let in.
    """
    with throttle.or_closed():
        if device_id is not None and _is_borne(device_id):
            return Try(_key(realm, email), "", device_id)
        attempt = Try(_key(realm, email), throttle.network(visitor.address), None)
        try:
            _count(attempt)
        except TooMany:
            db.session.rollback()
            raise
        db.session.commit()
    return attempt


def forgive(attempt: Try) -> None:
    """Forget the wrong tries before this one, which was right; part of the caller's transaction.

    A trusted device forgives its own alone, so that an owner who signs in every day gives a stranger no new tries.
    """
    if attempt.device_id is not None:
        throttle.forget(BY_DEVICE, str(attempt.device_id))
    else:
        _FORGET.run({"tried": attempt.key})
        throttle.take_back(*_counted(attempt))


def start_anew(account: Account) -> None:
    """Forget the wrong tries on an account whose owner came by a mailed link."""
    db.session.execute(sa.delete(SignInTries).where(SignInTries.key == _key(account.realm, account.email)))


def of(account: Account) -> SignInTries | None:
    """The wrong tries on an account from browsers that it does not trust."""
    return db.session.get(SignInTries, _key(account.realm, account.email), populate_existing=True)


def sweep() -> None:
    """Delete tries after which it has long been quiet; an address that was shut stays shut."""
    db.session.execute(sa.delete(SignInTries).where(SignInTries.expires_at <= now(), SignInTries.failures < SHUT))


def _is_borne(device_id: int) -> bool:
    """Count a try on a trusted device; one too many ends the trust."""
    try:
        throttle.add((BY_DEVICE, str(device_id)))
    except TooMany:
        devices.revoke(device_id)
        is_borne = False
    else:
        is_borne = True
    db.session.commit()
    return is_borne


def _count(attempt: Try) -> None:
    moment = now()
    values = {
        "key": attempt.key,
        "moment": moment,
        "quiet_since": moment - WINDOW,
        "window_end": moment + WINDOW,
        "kept_until": moment + KEPT,
    }
    pauses = {f"pause_{place}": moment + pause for place, pause in enumerate(PAUSES)}
    if _TRY.row(values | pauses) is None:
        raise _refusal(attempt.key, moment)
    throttle.add(*_counted(attempt))


def _refusal(key: str, moment: datetime) -> TooMany:
    row = db.session.get_one(SignInTries, key, populate_existing=True)
    if row.failures >= SHUT or row.blocked_until is None:
        return TooMany(_("Too many wrong passwords were tried. To sign in here, have us send you a link."))
    return throttle.too_many((row.blocked_until - moment).total_seconds())


def _counted(attempt: Try) -> tuple[tuple[Limit, str], ...]:
    if attempt.device_id is not None:
        return ((BY_DEVICE, str(attempt.device_id)),)
    return (BY_NETWORK, attempt.network), (VALVE, "")


def _key(realm: Realm, email: str) -> str:
    return crypto.lasting_hash("sign-in tries", f"{realm}:{emails.key(email)}")
