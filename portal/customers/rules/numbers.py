"""Customer numbers: a running number with a check digit, or one typed by staff."""

import re

from portal.foundation.text import _

# Damm, "Total anti-symmetrische Quasigruppen" (2004): finds every single wrong digit and every swap of neighbours.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
TABLE = tuple({str(digit): int(found) for digit, found in enumerate(row)} for row in _DAMM)
GENERATED = re.compile(r"[0-9]{9}")
TYPED = re.compile(r"[A-Z0-9-]{3,32}")
PAGES = frozenset(
    {"NEW", "EDIT", "EXPORT", "IMPORT", "MERGE", "DUPLICATES", "COLUMNS", "VIEWS"}
)  # words after /staff/customers/


def with_check_digit(serial: int) -> str:
    """The customer number of a running number."""
    return f"{serial}{_interim(str(serial))}"


def is_right(number: str) -> bool:
    """Whether a generated number was copied without a slip."""
    return GENERATED.fullmatch(number) is not None and _interim(number) == 0


def read(text: str) -> str:
    """A number as it is kept: capitals, without spaces; the dashes of a generated number are left out."""
    plain = "".join(text.upper().split())
    bare = plain.replace("-", "")
    return bare if is_right(bare) else plain


def objection(number: str) -> str | None:
    """What is wrong with a number that staff typed, None when nothing is."""
    if TYPED.fullmatch(number) is None or not number.strip("-"):
        return _("Use 3 to 32 letters, digits or dashes")
    if number in PAGES:
        return _("%(number)s is the name of a page. Use another number.", number=number)
    return None


def shown(number: str) -> str:
    """A number in groups that are easy to read aloud, as "1004 2173 8"; a typed one as it is."""
    return f"{number[:4]} {number[4:8]} {number[8:]}" if is_right(number) else number


def _interim(digits: str) -> int:
    found = 0
    for digit in digits:
        found = TABLE[found][digit]
    return found
