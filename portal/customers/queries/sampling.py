"""About how many fit: what a sample tells, for a minute, and of a term that somebody types on what it told before."""

from collections.abc import Hashable
from dataclasses import replace

from portal.customers.models import Customer
from portal.customers.queries.wanted import TEXT, Wanted
from portal.foundation import estimates, lately, search
from portal.foundation.database import table_of
from portal.foundation.estimates import Share

REMEMBERED = 60  # seconds

_rows = table_of(Customer)


def sample(wanted: Wanted, *, few: int) -> Share:
    """How many fit of some.

    Args:
        wanted: of what has no name nothing is remembered.
        few: where a sample told that no more had the beginning of a term, it is not asked about the term.
    """

    def ask() -> Share:
        having, told = TEXT.condition(wanted.words), TEXT.told(wanted.words)
        return estimates.share(_rows, having, *wanted.conditions, known_as=wanted.narrowed_as, told=told)

    if not wanted.is_known:
        return ask()
    return lately.known(_name(wanted), lambda: _of_its_beginning(wanted, few) or ask(), of=(), seconds=REMEMBERED)


def _name(wanted: Wanted) -> Hashable:
    return "customers about", wanted.known_as


def _of_its_beginning(wanted: Wanted, few: int) -> Share | None:
    """What was told of the longest beginning of a term, if few had that: whoever has the term is one of them."""
    for end in range(len(wanted.term) - 1, 0, -1):
        begun = replace(wanted, term=wanted.term[:end].rstrip())
        if lately.is_known(_name(begun), seconds=REMEMBERED):
            told = sample(begun, few=few)
            return told if told.about <= few and search.implies(wanted.words, begun.words) else None
    return None
