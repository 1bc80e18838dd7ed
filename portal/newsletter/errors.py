"""Refusals of this feature."""

from portal.foundation.errors import Conflict


class ConsentNeeded(Conflict):
    """Who left, bounced or complained comes back by their own consent only."""
