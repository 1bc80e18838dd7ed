"""What groups refuse: decisions that were taken already, names that are taken, a group that is the default."""

from portal.foundation.errors import Conflict, DomainError


class AlreadyDecided(Conflict):
    """Somebody else was faster; the message says who, what and when."""


class AlreadyApplied(Conflict):
    """The customer has an application that waits."""


class AlreadyMember(Conflict):
    """The customer is in the group already."""


class NotOffered(Conflict):
    """The group takes no applications of this kind."""


class GroupNameTaken(Conflict):
    """Another group has this name, however it is spelt."""


class GroupChangedMeanwhile(Conflict):
    """Somebody saved the group after this page was opened."""


class DefaultNeedsNoApproval(DomainError):
    """The default group lets everybody in at once."""


class DefaultIsNeeded(DomainError):
    """There is always one default group."""


class ReasonMissing(DomainError):
    """Whoever is declined is told why."""
