"""Names: what may be one, and the folded copies that finding and sorting use."""

import unicodedata
from collections.abc import Iterable

from portal.customers.models import ONLY_NAME
from portal.foundation import search

LONGEST = 64  # characters of a first or last name
SORTED_BY = 160  # characters of a name that decide its place in a list


def is_visible(text: str) -> bool:
    """Whether a text shows anything at all: a letter, a digit, a sign."""
    return any(unicodedata.category(letter)[0] in "LNPS" for letter in text)


def search_text(first_name: str, last_name: str, number: str, email: str, telephones: Iterable[str]) -> str:
    """Everything the search box finds a customer by, as its index keeps it; telephones in E.164."""
    return search.indexed(" ".join([first_name, last_name, number, email, *telephones]))


def sort_name(first_name: str, last_name: str) -> str:
    """Last name first; somebody with one name is sorted by it."""
    last = "" if last_name == ONLY_NAME else last_name
    return search.fold(f"{last} {first_name}")[:SORTED_BY].strip()
