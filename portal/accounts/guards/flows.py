"""Half a way in: a recovery, or a second step that is still to come; nobody is signed in by either."""

from flask import session

from portal.accounts.guards.entrance import HANDLE
from portal.accounts.models import Realm, SessionKind, SignInSession
from portal.accounts.service import sessions
from portal.foundation import crypto
from portal.foundation.redirects import own_page

RECOVERY = "recovery"
SECOND_STEP = {realm: f"second step {key}" for realm, key in HANDLE.items()}


def go_on(handle: str, token: str) -> None:
    """Keep a step of the recovery that a mailed link began; nobody is signed in by it."""
    session[RECOVERY] = [handle, crypto.digest(token)]


def current_flow(token: str) -> SignInSession | None:
    """The step in force of the recovery that a mailed link began in this browser."""
    kept = session.get(RECOVERY)
    if not isinstance(kept, list) or len(kept) != 2 or kept[1] != crypto.digest(token):
        return None
    row = sessions.find(str(kept[0]))
    return row if row is not None and row.kind in (SessionKind.FLOW, SessionKind.RESET) else None


def finish_flow() -> None:
    """Forget the recovery in this browser."""
    session.pop(RECOVERY, None)


def begin_second_step(handle: str, realm: Realm, *, remember: bool, target: str) -> None:
    """Keep what the right password opened until the second factor is proven, and where to go then."""
    session[SECOND_STEP[realm]] = [handle, remember, own_page(target) or ""]  # a cookie holds 4,096 bytes


def current_second_step(realm: Realm) -> tuple[SignInSession, bool, str] | None:
    """The second step in force in this browser: its row, whether to remember the browser, and where to go then."""
    kept = session.get(SECOND_STEP[realm])
    if not isinstance(kept, list) or len(kept) != 3:
        return None
    row = sessions.find(str(kept[0]))
    if row is None or row.kind is not SessionKind.SECOND_STEP or row.account.realm is not realm:
        return None
    return row, bool(kept[1]), str(kept[2])


def finish_second_step(realm: Realm) -> None:
    """Forget the second step in this browser."""
    session.pop(SECOND_STEP[realm], None)
