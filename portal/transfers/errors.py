"""The ways in which a file is refused."""

from portal.foundation.errors import Conflict, DomainError


class NotReadable(DomainError):
    """The file is no table that the portal reads."""


class NotReady(Conflict):
    """The import is not at the step that was asked for."""
