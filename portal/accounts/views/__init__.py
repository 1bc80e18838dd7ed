"""The blueprints of this feature."""

from portal.accounts.views.confirming import confirming
from portal.accounts.views.cooling_off import cooling_off
from portal.accounts.views.email_change import email_change
from portal.accounts.views.factors import factors
from portal.accounts.views.passkeys import passkey_pages, passkeys
from portal.accounts.views.recovery import recovery
from portal.accounts.views.second_step import second_step
from portal.accounts.views.security import security
from portal.accounts.views.signing_in import signing_in
from portal.accounts.views.support_pin import support_pin
from portal.accounts.views.unlocking import unlocking

blueprints = (
    confirming,
    cooling_off,
    email_change,
    factors,
    passkey_pages,
    passkeys,
    recovery,
    second_step,
    security,
    signing_in,
    support_pin,
    unlocking,
)

__all__ = ["blueprints"]
