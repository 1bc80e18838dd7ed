"""Unlocking: a mailed link by which an owner's new browser is known, however many wrong tries others made."""

from datetime import timedelta

from portal.accounts import mails
from portal.accounts.models import Account, Realm
from portal.accounts.rules.links import UNLOCK
from portal.accounts.service import devices, tries
from portal.accounts.service.sessions import Visitor
from portal.accounts.service.trail import actor_of, subject_of
from portal.audit.service import Actor, record
from portal.foundation import throttle, tokens
from portal.foundation.database import db
from portal.foundation.errors import Expired, NotFound
from portal.foundation.text import _
from portal.foundation.throttle import Limit
from portal.foundation.tokens import ActionToken

ASKED = Limit("unlocking from", 200, timedelta(hours=1))  # a mailbox is guarded by the limits of mails


def ask(realm: Realm, email: str, visitor: Visitor) -> None:
    """Ask for a link that lets a browser in: one mail, the same work for every address.

    Raises:
        TooMany: asked too often from this network.
        Busy: that cannot be counted.
    """
    throttle.count((ASKED, throttle.network(visitor.address)))
    mails.unlock(realm, email)


def send_link(account: Account, by: Actor) -> None:
    """Send the mail, as staff do."""
    mails.unlock(account.realm, account.email)
    record("account.unlock_link_sent", subject_of(account), by=by)


def behind(realm: Realm, token: str) -> Account:
    """Whose link it is; nothing is used up.

    Raises:
        NotFound: no such link at this door.
        Expired: it was used or has run out, or the account has another address now.
    """
    return _owner(realm, tokens.find(UNLOCK, token))


def unlock(realm: Realm, token: str, visitor: Visitor) -> str | None:
    """Use a link up: wrong tries are forgotten and the browser is trusted; returns the handle for its cookie.

    Raises:
        NotFound, Expired: as `behind`, and of two at the same moment one is too late.
    """
    account = _owner(realm, tokens.redeem(UNLOCK, token))
    device_id, handle = devices.trust(account, visitor)
    tries.start_anew(account)
    throttle.forget(tries.BY_DEVICE, str(device_id))
    record("account.unlocked", subject_of(account), by=actor_of(account))
    return handle


def _owner(realm: Realm, row: ActionToken) -> Account:
    account = db.session.get(Account, row.subject_id)
    if account is None or account.realm is not realm:
        raise NotFound(_("This link doesn’t work. Check that it is complete, or ask for a new one."))
    if not account.is_enabled or row.bound_to != account.email_key:
        raise Expired(_("This link no longer works. Ask for a new one."))
    return account
