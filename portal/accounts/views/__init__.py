"""The blueprints of this feature."""

from portal.accounts.views.email_change import email_change
from portal.accounts.views.recovery import recovery
from portal.accounts.views.security import security
from portal.accounts.views.signing_in import signing_in
from portal.accounts.views.support_pin import support_pin

blueprints = (email_change, recovery, security, signing_in, support_pin)

__all__ = ["blueprints"]
