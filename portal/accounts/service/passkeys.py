"""Passkeys of an account: made, named, removed; the owner hears of each that comes or goes."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.accounts.errors import PasskeyRefused, TooManyPasskeys
from portal.accounts.models import Account, Passkey, SignInSession
from portal.accounts.rules import passkeys as rules
from portal.accounts.rules.passkeys import MOST, Known, Purpose
from portal.accounts.service import attestations, ceremonies, factors
from portal.accounts.service.attestations import Made, Refused
from portal.accounts.service.ceremonies import Place
from portal.accounts.service.factors import Change
from portal.config import settings
from portal.foundation import crypto
from portal.foundation.database import LARGEST_ID, db
from portal.foundation.errors import NotFound
from portal.foundation.text import _


def of(account: Account) -> list[Passkey]:
    """The passkeys of an account, oldest first."""
    return list(db.session.scalars(sa.select(Passkey).where(Passkey.account_id == account.id).order_by(Passkey.id)))


def own(account: Account, passkey_id: int) -> Passkey:
    """One passkey of an account.

    Raises:
        NotFound: the account has no such passkey.
    """
    row = db.session.get(Passkey, passkey_id) if passkey_id <= LARGEST_ID else None
    if row is None or row.account_id != account.id:
        raise NotFound(_("This passkey was removed already."))
    return row


def known(account: Account) -> list[Known]:
    """The passkeys of an account as its browsers are told of them."""
    return [Known(row.credential, tuple(row.transports.split())) for row in of(account)]


def ask_to_make(account: Account, place: Place) -> dict[str, Any]:
    """Options with which a browser makes a passkey for an account.

    Raises:
        TooManyPasskeys: it has as many as an account may have.
    """
    there = known(account)
    if len(there) >= MOST:
        raise _too_many()
    return rules.making(
        ceremonies.begin(Purpose.ADD, place, account.id),
        place.party,
        there,
        shop=settings().shop_name,
        handle=crypto.keyed_hash("passkey handle", str(account.id)),
        name=account.email,
        verified=rules.demands_verification(Purpose.ADD, account.realm),
    )


def add(account: Account, place: Place, answer: dict[str, Any], *, name: str, browser: str, kept: SignInSession) -> str:
    """Keep a passkey that a browser made; every other session ends, this one goes on under the handle that comes back.

    Args:
        account: whose it is.
        place: where it was made.
        answer: what the browser says.
        name: what its owner calls it; empty for a name after the browser.
        browser: the browser in words, as "Chrome on Windows".
        kept: the session in which it was made.

    Raises:
        PasskeyRefused: the answer is not right, came too late or twice, or the device has one already.
        TooManyPasskeys: others were added meanwhile.
    """
    db.session.refresh(account, with_for_update=True)
    if len(of(account)) >= MOST:
        raise _too_many()
    found = _made(account, place, answer)
    _keep(account, found, rules.name_of(name, browser, _("Passkey")))
    return factors.changed(account, Change.PASSKEY_ADDED, kept=kept)


def rename(passkey: Passkey, name: str) -> None:
    """Call a passkey something else; an empty name changes nothing."""
    passkey.name = rules.name_of(name, "", passkey.name)


def remove(account: Account, passkey_id: int, *, kept: SignInSession) -> str:
    """Take a passkey away; every other session ends, this one goes on under the handle that comes back.

    Raises:
        NotFound: it is gone already, or was never this account's.
    """
    db.session.refresh(account, with_for_update=True)
    db.session.delete(own(account, passkey_id))
    db.session.flush()
    return factors.changed(account, Change.PASSKEY_REMOVED, kept=kept)


def is_last_factor(account: Account) -> bool:
    """Whether the password alone would let somebody in without the one passkey that an account has."""
    has = factors.of(account)
    return has.app_since is None and has.passkeys == 1


def _made(account: Account, place: Place, answer: dict[str, Any]) -> Made:
    challenge = rules.client_data_of(answer).get("challenge")
    if not ceremonies.take(challenge, Purpose.ADD, place, account.id):
        raise PasskeyRefused(_("That took too long. Try once more."))
    try:
        verified = rules.demands_verification(Purpose.ADD, account.realm)
        return attestations.made(answer, str(challenge), place.party, verified=verified)
    except Refused as refused:
        raise PasskeyRefused(_("This device’s passkey can’t be used here. Try another device.")) from refused


def _keep(account: Account, found: Made, name: str) -> Passkey:
    row = Passkey(
        account_id=account.id,
        credential=found.credential,
        public_key=found.public_key,
        sign_count=found.sign_count,
        transports=found.transports,
        name=name,
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        raise PasskeyRefused(_("This passkey is known already.")) from None
    return row


def _too_many() -> TooManyPasskeys:
    return TooManyPasskeys(_("You have %(n)s passkeys. Remove one before you add another.", n=MOST))
