"""The tables of this feature."""

from portal.accounts.models.account import Account, AccountStatus, Hold, Realm
from portal.accounts.models.recovery import SecurityAnswer
from portal.accounts.models.registration import Ending, Registration
from portal.accounts.models.session import SIGNED_IN, SessionKind, SignInSession

__all__ = [
    "SIGNED_IN",
    "Account",
    "AccountStatus",
    "Ending",
    "Hold",
    "Realm",
    "Registration",
    "SecurityAnswer",
    "SessionKind",
    "SignInSession",
]
