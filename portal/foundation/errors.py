"""The ways in which the portal says no."""


class DomainError(Exception):
    """A request was understood and refused; the message is fit for the reader."""


class NotFound(DomainError):
    """What was asked for does not exist, or not for this reader."""


class NotAllowed(DomainError):
    """The reader may not do this."""


class Conflict(DomainError):
    """What is on record stands in the way."""


class Expired(DomainError):
    """It was valid once and no longer is."""


class TooMany(DomainError):
    """Tried too often; told alike for everything tried, known or not.

    `seconds` is how long until trying again helps, None when waiting does not.
    """

    def __init__(self, message: str, seconds: int | None = None) -> None:
        super().__init__(message)
        self.seconds = seconds


class Busy(DomainError):
    """More work than the machine takes at once; asking again in a few seconds helps."""
