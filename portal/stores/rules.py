"""What a store's code, time zone and currency may be."""

import re
from functools import cache

CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?", re.ASCII)


def read_code(typed: str) -> str:
    """A code as it is kept: small letters."""
    return typed.strip().lower()


def is_code(code: str) -> bool:
    """Whether a text can be a store's code: up to 32 letters, digits and dashes, no dash at the ends."""
    return CODE.fullmatch(code) is not None


@cache
def time_zones() -> tuple[str, ...]:
    """The time zones that a store may be in, by name."""
    from zoneinfo import available_timezones  # noqa: PLC0415 - reads many files, and few processes ever ask

    return tuple(
        sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix")))
    )


@cache
def currencies() -> tuple[str, ...]:
    """The currencies that a store may take, by code."""
    from babel.numbers import list_currencies  # noqa: PLC0415 - loads the world's currencies, and few processes ask

    return tuple(sorted(code for code in list_currencies("en") if len(code) == 3))
