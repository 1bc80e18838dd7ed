"""The ways in which staff say no."""

from portal.foundation.errors import Conflict, DomainError


class UnknownRole(DomainError):
    """There is no role of this name; the message names those there are."""


class NotAnAddress(DomainError):
    """An invitation needs an e-mail address."""


class LastOwner(Conflict):
    """Nobody would be left who may do everything."""
