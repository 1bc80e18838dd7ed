"""The blueprints of this feature."""

from portal.accounts.views.recovery import recovery
from portal.accounts.views.security import security
from portal.accounts.views.signing_in import signing_in
from portal.accounts.views.unlocking import unlocking

blueprints = (recovery, security, signing_in, unlocking)

__all__ = ["blueprints"]
