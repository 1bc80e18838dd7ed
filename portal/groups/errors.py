"""What groups refuse: decisions taken already, names that are taken, groups in use, applications out of turn."""

from portal.foundation.errors import Conflict, DomainError, NotAllowed


class AlreadyDecided(Conflict):
    """Somebody else was faster; the message says who, what and when."""


class AlreadyApplied(Conflict):
    """The customer has an application that waits."""


class AlreadyMember(Conflict):
    """The customer is in the group already."""


class ApprovalNeeded(NotAllowed):
    """It takes the decision of somebody who may approve."""


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


class GroupInUse(Conflict):
    """Somebody is in the group, applied for it, or gets it by default; the message counts them."""


class NotMember(Conflict):
    """The customer is not in the group."""


class DefaultStays(Conflict):
    """Everybody is in the default group; nobody leaves it."""


class TooEarly(Conflict):
    """A declined applicant may not apply for the group now; the message says from when, or that it is not at all."""


class AnswerMissing(DomainError):
    """An answer without words."""


class QuestionMissing(DomainError):
    """Whoever is asked for more is told what."""


class SecondApproverNeeded(Conflict):
    """The same person gave the first approval."""


class NothingToUndo(Conflict):
    """The decision cannot be taken back: too late, or something was built on it."""


class ReasonTaken(Conflict):
    """The list has this sentence already."""


class ScopeKnown(Conflict):
    """The member has this very limit."""
