"""Refusals of this feature."""

from portal.foundation.errors import Conflict, DomainError


class ConsentNeeded(Conflict):
    """Who left, bounced or complained comes back by their own consent only."""


class FieldUnknown(DomainError):
    """A text names a merge field that there is not."""


class CampaignMoved(Conflict):
    """Somebody else, or the clock, took the campaign further meanwhile."""
