"""Collects the blueprints of the modules beside it."""

from portal.accounts.views.recovery import recovery
from portal.accounts.views.security import security
from portal.accounts.views.signing_in import signing_in

__all__ = ["recovery", "security", "signing_in"]
