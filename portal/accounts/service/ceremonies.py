"""Challenges for passkeys: a row each, so that one is answered once, in time, and in the browser that got it."""

from dataclasses import dataclass

import sqlalchemy as sa

from portal.accounts.models import Ceremony, Realm
from portal.accounts.rules.passkeys import LIFETIME, Purpose, RelyingParty
from portal.foundation import crypto
from portal.foundation.clock import now
from portal.foundation.database import db


@dataclass(frozen=True)
class Place:
    """Where a passkey is asked for: the party that asks, the realm, and a random handle that the browser keeps."""

    party: RelyingParty
    realm: Realm
    browser: str


def begin(purpose: Purpose, place: Place, account_id: int | None = None) -> str:
    """A new challenge, base64url, for a browser to sign; only its digest is stored."""
    challenge = crypto.random_handle()
    db.session.add(
        Ceremony(
            digest=crypto.digest(challenge),
            purpose=_name(purpose, place),
            browser_digest=crypto.digest(place.browser),
            account_id=account_id,
            expires_at=now() + LIFETIME,
        )
    )
    db.session.flush()
    return challenge


def take(challenge: object, purpose: Purpose, place: Place, account_id: int | None = None) -> bool:
    """Use a challenge up; whether it was given to this browser for this, lately, and nobody was faster."""
    if not isinstance(challenge, str) or not challenge.isascii():
        return False
    taken = db.session.execute(
        sa.delete(Ceremony).where(
            Ceremony.digest == crypto.digest(challenge),
            Ceremony.purpose == _name(purpose, place),
            Ceremony.browser_digest == crypto.digest(place.browser),
            Ceremony.account_id == account_id if account_id is not None else Ceremony.account_id.is_(None),
            Ceremony.expires_at > now(),
        )
    )
    return bool(taken.rowcount == 1)  # type: ignore[attr-defined]  # a delete's result is a CursorResult


def sweep() -> None:
    """Delete challenges that nobody answered in time."""
    db.session.execute(sa.delete(Ceremony).where(Ceremony.expires_at <= now()))


def _name(purpose: Purpose, place: Place) -> str:
    return f"{place.realm} {purpose}"
