"""Refusals of this feature."""

from portal.foundation.errors import Conflict, DomainError


class ConsentNeeded(Conflict):
    """Who left, bounced or complained comes back by their own consent only."""


class FieldUnknown(DomainError):
    """A text names a merge field that there is not."""


class CampaignMoved(Conflict):
    """Somebody else, or the clock, took the campaign further meanwhile."""


class NameTaken(Conflict):
    """Another audience, or another segment of the audience, has this name."""


class SlugTaken(Conflict):
    """Another audience has this short name."""


class ChangedMeanwhile(Conflict):
    """Somebody saved it after the page was opened."""


class DefaultIsNeeded(DomainError):
    """The default audience stays public and in use until another one is the default."""


class StillUsed(Conflict):
    """Campaigns that are not over need it; the message counts them."""


class SegmentUnreadable(DomainError):
    """Conditions name something that is not there any more, or make no sense: they mean nobody."""


class FileRefused(DomainError):
    """A file of subscribers cannot be read."""


class NotReady(Conflict):
    """A campaign may not leave yet; the message says why."""


class EndsTooSoon(NotReady):
    """A campaign's mails would not be tried any more when it begins, or goes on."""


class PictureRefused(DomainError):
    """A file is no picture that is taken."""


class PictureShown(Conflict):
    """Campaigns show this picture."""
