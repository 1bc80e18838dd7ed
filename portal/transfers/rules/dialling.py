"""Telephones in E.164 as `customers.rules.telephones` reads them, quickly for those that are written plainly.

phonenumbers takes longer for one number than all else in a row of a file. A number of nothing but digits, blanks,
dashes and brackets is told by its tables without the many forms that it looks for; every other one goes to it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from portal.customers.rules import telephones

PLAIN = re.compile(r"\+?[0-9]{6,17}")
SIGNS = str.maketrans("", "", " -()")


@dataclass(frozen=True)
class _Region:
    """What decides how the numbers of a country code are read."""

    code: str
    lengths: frozenset[int]
    zero: bool  # whether numbers are dialled with a zero in front at home, and with nothing else
    prefix: re.Pattern[str] | None  # what is taken off in front
    abroad: re.Pattern[str] | None
    general: re.Pattern[str]


def to_e164(text: str, country: str) -> str | None:
    """As `telephones.to_e164`, always with the same answer."""
    bare = text.translate(SIGNS)
    if PLAIN.fullmatch(bare) and (text[0] != "(" or "+" not in text):
        found = _abroad(bare[1:]) if bare[0] == "+" else _at_home(bare, country)
        if found:
            return found
    return telephones.to_e164(text, country)


def _abroad(digits: str) -> str:
    region = _region_abroad(digits[:3])
    return _national(digits[len(region.code) :], region) if region is not None else ""


def _at_home(digits: str, country: str) -> str:
    region = _region(country)
    if region is None or digits.startswith(region.code) or (region.abroad and region.abroad.match(digits)):
        return ""
    return _national(digits, region)


def _national(digits: str, region: _Region) -> str:
    """The number in E.164; empty where only phonenumbers can tell."""
    if region.zero and digits[0] == "0" and not region.general.fullmatch(digits):
        digits = digits[1:]
    elif region.prefix is not None and region.prefix.match(digits):
        return ""
    if digits[0] == "0" or len(digits) not in region.lengths:
        return ""
    return f"+{region.code}{digits}"


@lru_cache(maxsize=1000)
def _region_abroad(start: str) -> _Region | None:
    """Whose country code a number begins with, by its first three digits; no code begins another."""
    import phonenumbers  # noqa: PLC0415 - three megabytes, for who imports

    codes = (int(start[:size]) for size in (1, 2, 3) if start[0] != "0")
    regions = next(filter(None, map(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get, codes)), ())
    return _region(regions[0]) if regions else None


@lru_cache(maxsize=512)
def _region(country: str) -> _Region | None:
    import phonenumbers  # noqa: PLC0415 - as above

    known = phonenumbers.PhoneMetadata.metadata_for_region(country.upper(), None)
    general = known.general_desc if known is not None else None
    if known is None or general is None or known.national_prefix_transform_rule:
        return None
    prefix = known.national_prefix_for_parsing
    return _Region(
        code=str(known.country_code),
        lengths=frozenset(general.possible_length),
        zero=prefix == "0",
        prefix=re.compile(prefix) if prefix else None,
        abroad=re.compile(known.international_prefix) if known.international_prefix else None,
        general=re.compile(str(general.national_number_pattern)),
    )
