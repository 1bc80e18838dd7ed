"""Telephones: typed any way, kept in E.164, shown as their country writes them."""

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from portal.customers.models import Telephone

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

E164 = re.compile(r"\+[1-9][0-9]{5,14}")
SHORTEST_FRAGMENT = 3  # digits of a number that are worth a search


def to_e164(text: str, country: str) -> str | None:
    """The number in E.164, None when no telephone can have it.

    A number without a country code belongs to `country` (ISO 3166, two letters). What is possible counts, not what is
    in use: lists of ranges in use lag behind the world.
    """
    import phonenumbers  # noqa: PLC0415 - see _parse

    number = _parse(text, country)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=1024)
def national(e164: str, home: str = "") -> str:
    """A number as people write it: without country code at home, with it elsewhere.

    `home` is the reader's country; without it every number is written as at its own home.
    """
    import phonenumbers  # noqa: PLC0415 - see _parse

    number = _of_e164(e164) or _parse(e164, "")
    if number is None:
        return e164
    abroad = bool(home) and phonenumbers.country_code_for_region(home) != number.country_code
    forms = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, forms.INTERNATIONAL if abroad else forms.NATIONAL)


def shown(telephone: Telephone | None, home: str) -> str:
    """A customer's telephone as readers in `home` write it, or as typed; empty when there is none."""
    return "" if telephone is None else written(telephone.typed, telephone.e164, home)


def written(typed: str, e164: str, home: str) -> str:
    """The same for one of which only the typed text and what was read of it are at hand."""
    return national(e164, home) if e164 else typed


def digits_of(text: str) -> str:
    """The digits of a text that is nothing but a telephone or a part of one; empty for any other text."""
    plain = unicodedata.normalize("NFKC", text)
    if any(letter not in " ()+-./\u2010\u2011\u2013" and not letter.isdecimal() for letter in plain):
        return ""
    return "".join(str(unicodedata.decimal(letter)) for letter in plain if letter.isdecimal())


def fragments(text: str) -> list[str]:
    """The ways in which a part of a number may stand in E.164: as it is, and without the zeros dialled at home."""
    digits = digits_of(text)
    found = dict.fromkeys(part for part in (digits, digits.lstrip("0")) if len(part) >= SHORTEST_FRAGMENT)
    return list(found)


def _of_e164(text: str) -> "PhoneNumber | None":
    """The number that `phonenumbers.parse` reads from E.164, in a tenth of the time: a list shows fifty of them."""
    import phonenumbers  # noqa: PLC0415 - see _parse

    if E164.fullmatch(text) is None:
        return None
    for end in (2, 3, 4):  # no country code begins with another one
        code, rest = int(text[1:end]), text[end:]
        if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            zeros = len(rest) - len(rest.lstrip("0"))
            return phonenumbers.PhoneNumber(
                country_code=code,
                national_number=int(rest),
                italian_leading_zero=True if zeros else None,
                number_of_leading_zeros=zeros if zeros > 1 else None,
            )
    return None


def _parse(text: str, country: str) -> "PhoneNumber | None":
    import phonenumbers  # noqa: PLC0415 - three megabytes of every process, until it meets a telephone

    try:
        return phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None
