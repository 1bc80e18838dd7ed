"""The last step of every way in: who proved who they are gets a session, and their browser is known from then on."""

import logging
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from portal.accounts import mails
from portal.accounts.models import Account, Hold, Realm, SessionKind
from portal.accounts.queries import Owner
from portal.accounts.rules import networks
from portal.accounts.service import devices, sessions
from portal.accounts.service.sessions import Visitor
from portal.foundation.clock import now
from portal.foundation.database import table_of
from portal.foundation.straight import Straight

log = logging.getLogger(__name__)

_rows = table_of(Account)
_SIGNED_IN = Straight(
    sa.update(_rows).where(_rows.c.id == sa.bindparam("who")).values(last_sign_in_at=sa.bindparam("moment"))
)


class Door(StrEnum):
    """What a sign-in found."""

    OPEN = "open"
    WAITING = "waiting"  # only the waiting page
    DECLINED = "declined"  # only the waiting page
    SECOND_STEP = "second-step"  # right password; a code or passkey is still asked
    OVER = "over"  # the sign-in was given up half way and has to begin anew
    UNCONFIRMED = "unconfirmed"  # right password of a registration whose address is not confirmed
    DISABLED = "disabled"
    REFUSED = "refused"  # address or password is not right, and nobody learns which


@dataclass(frozen=True)
class Outcome:
    """The door, the handle of the session that it opened, a browser known anew, and how it was proven."""

    door: Door
    handle: str | None = None
    device: str | None = None
    methods: str = ""


def admit(account: Owner, visitor: Visitor, *, methods: str, remember: bool = False) -> Outcome:
    """Let somebody in who has proven everything that their account asks for; the account is held for writing.

    The owner is told by mail of a browser that was not known; not of the first one, with which the account begins.

    Args:
        account: who they are, enabled.
        visitor: their browser.
        methods: how they proved it, as "password totp".
        remember: whether the session outlives the browser's window.
    """
    kind, door = _way_in(account)
    is_first = account.last_sign_in_at is None
    _SIGNED_IN.run({"who": account.id, "moment": now()})
    device_id, device_handle = devices.trust(account, visitor)
    handle = sessions.open_session(account, kind, visitor, remember=remember, methods=methods, device_id=device_id)
    if device_handle is not None and not is_first:
        mails.new_device(account, visitor.browser, networks.shown(visitor.address))
    log.info("signed in", extra={"realm": account.realm.value, "account": account.id, "methods": methods})
    return Outcome(door, handle, device=device_handle, methods=methods)


def _way_in(account: Owner) -> tuple[SessionKind, Door]:
    if account.realm is Realm.STAFF:
        return SessionKind.STAFF, Door.OPEN
    if account.held_for is None:
        return SessionKind.CUSTOMER, Door.OPEN
    return SessionKind.APPLICANT, Door.WAITING if account.held_for is Hold.WAITING else Door.DECLINED
