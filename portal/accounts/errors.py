"""The ways in which accounts say no."""

from portal.foundation.errors import Conflict, DomainError, NotAllowed


class EmailTaken(Conflict):
    """The address has an account in this realm."""


class WrongPassword(DomainError):
    """The current password, asked for once more, was another one."""


class PasswordIsAnswer(DomainError):
    """A new password that the security question would give away."""


class PasskeyRefused(NotAllowed):
    """What a browser says of a passkey is not right, came too late or twice."""


class TooManyPasskeys(Conflict):
    """The account has as many passkeys as it may have."""


class NotProven(DomainError):
    """Staff have not verified who asks for this."""


class WrongCode(DomainError):
    """The code of an app, or the recovery code, was another one or was used before."""


class SameEmail(DomainError):
    """The address asked for is the one in force."""


class AddressStays(Conflict):
    """No other address is taken for this account now."""


class FactorStays(Conflict):
    """A second factor is not taken away yet."""
