"""The tables of this feature."""

from portal.accounts.models.account import Account, AccountStatus, Hold, Realm
from portal.accounts.models.cooling_off import CoolingOff
from portal.accounts.models.device import Device
from portal.accounts.models.email_change import ChangeState, EmailChange
from portal.accounts.models.factors import Authenticator, Ceremony, Passkey, RecoveryCode
from portal.accounts.models.identity import IdentityCase, ProvenBy, SupportPin
from portal.accounts.models.recovery import SecurityAnswer
from portal.accounts.models.registration import Ending, Registration
from portal.accounts.models.session import SIGNED_IN, SessionKind, SignInSession
from portal.accounts.models.tries import SignInTries

__all__ = [
    "SIGNED_IN",
    "Account",
    "AccountStatus",
    "Authenticator",
    "Ceremony",
    "ChangeState",
    "CoolingOff",
    "Device",
    "EmailChange",
    "Ending",
    "Hold",
    "IdentityCase",
    "Passkey",
    "ProvenBy",
    "Realm",
    "RecoveryCode",
    "Registration",
    "SecurityAnswer",
    "SessionKind",
    "SignInSession",
    "SignInTries",
    "SupportPin",
]
