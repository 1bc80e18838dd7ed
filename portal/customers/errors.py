"""What stands in the way of a change to a customer."""

from collections.abc import Mapping

from portal.foundation.errors import Conflict, DomainError


class NumberInUse(Conflict):
    """Another customer has this number."""


class EmailInUse(Conflict):
    """Another customer has this address."""


class ExternalIdInUse(Conflict):
    """Another customer has this number of another system."""


class FieldRefused(DomainError):
    """A value does not go with what is on record; `field` is where it was typed."""

    def __init__(self, words: str, *, field: str) -> None:
        super().__init__(words)
        self.field = field


class PhotoRefused(DomainError):
    """A file is no picture that is taken."""


class NotReachable(DomainError):
    """A customer needs an e-mail address or a telephone."""


class NotInvitable(Conflict):
    """There is no address to invite, or there is an account already."""


class EditedMeanwhile(Conflict):
    """Somebody saved first: both versions, field by field."""

    def __init__(self, words: str, *, mine: Mapping[str, str], theirs: Mapping[str, str], version: int) -> None:
        super().__init__(words)
        self.mine = mine
        self.theirs = theirs
        self.version = version  # the one on record now; a save that carries it goes through


class FieldNameTaken(Conflict):
    """Another field has this name, however it is spelt."""


class FieldChangedMeanwhile(Conflict):
    """Somebody saved the field after this page was opened."""


class TagNotTaken(DomainError):
    """A tag that is too long, or one more than a customer can have."""
