"""The number of the request (or command) at work, for error pages, audit and logs."""

import secrets
from contextvars import ContextVar

# Read over the telephone: no letters or digits that look or sound alike.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

_number: ContextVar[str] = ContextVar("request_number", default="")


def start() -> str:
    """Give the work that begins now a number such as `7F3A-22KM`."""
    lot, letters = secrets.randbelow(len(ALPHABET) ** 8), ""
    for _ in range(8):
        lot, place = divmod(lot, len(ALPHABET))
        letters += ALPHABET[place]
    number = f"{letters[:4]}-{letters[4:]}"
    _number.set(number)
    return number


def current() -> str:
    """The number of the work in hand, empty outside of any."""
    return _number.get()
