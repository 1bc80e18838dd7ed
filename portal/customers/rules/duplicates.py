"""What makes two records look like one person: keys to find each other by, how alike two names are, and the score."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from portal.customers.models import ONLY_NAME
from portal.foundation import search


class Reason(StrEnum):
    """Why two records look alike."""

    MAILBOX = "mailbox"  # one mailbox behind two spellings of its address
    TELEPHONE = "telephone"
    NAME_AND_BIRTH = "name-and-birth"
    NAME_AND_POSTCODE = "name-and-postcode"
    SAME_NAME = "same-name"
    SIMILAR_NAME = "similar-name"


POINTS = {
    Reason.MAILBOX: 60,
    Reason.TELEPHONE: 40,
    Reason.NAME_AND_BIRTH: 60,
    Reason.NAME_AND_POSTCODE: 50,
    Reason.SAME_NAME: 25,
    Reason.SIMILAR_NAME: 15,
}
ALIKE = 0.86  # from here on two names may be one, misspelt
# Domains that deliver every spelling with dots to one mailbox, with the name that they all come to.
DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
CODES = {
    letter: digit
    for letters, digit in (("bfpv", "1"), ("cgjkqsxz", "2"), ("dt", "3"), ("l", "4"), ("mn", "5"), ("r", "6"))
    for letter in letters
}


def mailbox(email_key: str) -> str:
    """The mailbox behind an address: what follows a plus is the owner's own label, at some domains dots are air."""
    local, _, domain = email_key.rpartition("@")
    plain = local.partition("+")[0] or local
    if domain in DOTLESS:
        plain, domain = plain.replace(".", "") or plain, DOTLESS[domain]
    return f"{plain}@{domain}"


def sound(first_name: str, last_name: str) -> str:
    """How a name sounds, whichever of its parts stands first (Soundex of each)."""
    last = "" if last_name == ONLY_NAME else last_name
    return " ".join(sorted(_soundex(word) for word in search.fold(f"{first_name} {last}").split()))[:64]


def likeness(one: str, other: str) -> float:
    """How alike two folded names are, from 0 to 1; the order of their words does not count."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - for staff who add somebody, and the worker

    left, right = " ".join(sorted(one.split())), " ".join(sorted(other.split()))
    return 1.0 if left == right else SequenceMatcher(None, left, right, autojunk=False).ratio()


def reasons_of_names(
    one: str, other: str, *, born: tuple[date | None, date | None], postcodes: tuple[Iterable[str], Iterable[str]]
) -> set[Reason]:
    """What two folded names say, together with birth dates and postcodes."""
    alike = likeness(one, other)
    if alike < ALIKE:
        return set()
    found = {Reason.SAME_NAME if alike == 1 else Reason.SIMILAR_NAME}
    if born[0] is not None and born[0] == born[1]:
        found.add(Reason.NAME_AND_BIRTH)
    if set(map(_plain, postcodes[0])) & set(map(_plain, postcodes[1])) - {""}:
        found.add(Reason.NAME_AND_POSTCODE)
    return found


def score(reasons: Iterable[Reason]) -> int:
    """How sure it is, from 0 to 100."""
    return min(100, sum(POINTS[reason] for reason in reasons))


def _plain(postcode: str) -> str:
    return "".join(postcode.split()).upper()


def _soundex(word: str) -> str:
    if not word.isascii():
        return word[:4]
    code, before = word[0], CODES.get(word[0], "")
    for letter in word[1:]:
        digit = CODES.get(letter, "")
        if digit and digit != before:
            code += digit
        if letter not in "hw":
            before = digit
    return code[:4].ljust(4, "0")
