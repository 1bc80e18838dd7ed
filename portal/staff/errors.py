"""The ways in which staff say no."""

from portal.foundation.errors import Conflict, DomainError, NotAllowed


class UnknownRole(DomainError):
    """There is no role of this name; the message names those there are."""


class NotAnAddress(DomainError):
    """An invitation needs an e-mail address."""


class WorksHere(Conflict):
    """Whoever has this address is a member of staff already."""


class LastOwner(Conflict):
    """Nobody would be left who may do everything."""


class OwnerStays(NotAllowed):
    """The owner's role has every right, and is what it is."""


class OwnRole(NotAllowed):
    """Nobody changes what they may do themselves."""


class MoreThanOwn(NotAllowed):
    """Nobody gives or takes a right that they lack."""


class RoleNameTaken(Conflict):
    """Another role has this name, however it is spelt."""


class RoleInUse(Conflict):
    """Somebody who works here has the role; the message says how many."""


class ChangedMeanwhile(Conflict):
    """Somebody saved it after this page was opened."""
