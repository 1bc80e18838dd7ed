"""What somebody looks for among the customers: a term, as what it may be, and conditions."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from portal.config import settings
from portal.customers.models import Customer
from portal.customers.queries import far
from portal.customers.rules import numbers, telephones
from portal.foundation import emails, search
from portal.foundation.database import table_of
from portal.foundation.search import OfId, TextIndex, Word

Condition = sa.ColumnElement[bool]

NO_TELEPHONE = "+"  # what no telephone is: an empty one is on record where it could not be read

_rows = table_of(Customer)

TEXT = TextIndex(_rows, "search_text")
IDS = sa.select(_rows.c.id)
# Told by the few ids that are gone: a count then never leaves the index that it counts in.
_gone = _rows.alias("gone")
_IS_GONE = sa.or_(_gone.c.erased_at.is_not(None), _gone.c.merged_into_id.is_not(None))


def is_left(key: sa.ColumnElement[int]) -> Condition:
    """Condition on an id: its customer was neither erased nor merged into another."""
    return key.not_in(sa.select(_gone.c.id).where(_IS_GONE))


IS_LEFT = is_left(_rows.c.id)


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for: a term and conditions, and what names the conditions, so that they are known again."""

    term: str
    conditions: tuple[Condition, ...]
    narrowed_as: Hashable = None
    signed_in_before: datetime | None = None

    @property
    def is_known(self) -> bool:
        """Whether the conditions have a name."""
        return self.narrowed_as is not None

    @property
    def known_as(self) -> Hashable:
        """What names term and conditions."""
        return (self.narrowed_as, self.term) if self.is_known else None

    @cached_property
    def words(self) -> list[Word]:
        """What an indexed text has to have: the digits of a part of a telephone, or every word.

        Digits with signs between them may also be a part of a number or of an address, as they were typed. Whoever
        types a whole telephone finds those who share it with too many to be exactly meant.
        """
        parts = telephones.fragments(self.term)
        if not parts:
            return search.words(self.term)
        words = search.words(self.term)
        whole = self.exactly["e164"].lstrip("+")
        ways = [*parts, *([whole] if whole else []), *(words[0] if len(words) == 1 else ())]
        return [tuple(way for way in dict.fromkeys(ways) if not any(part != way and part in way for part in ways))]

    @cached_property
    def asked(self) -> dict[str, str]:
        """The words as values of parameters, for a statement that is made once for all of their kind."""
        return TEXT.asked(self.words) if self.is_known else {}

    @cached_property
    def exactly(self) -> dict[str, str]:
        """The number, address and telephone that the term may be."""
        digits = telephones.digits_of(self.term)
        return {
            "number": numbers.read(self.term),
            "email_key": emails.key(self.term),
            "e164": (telephones.to_e164(self.term, settings().shop_country) if digits else None) or NO_TELEPHONE,
        }

    @property
    def narrowing(self) -> list[Condition]:
        """The conditions that leave out more than those who are gone."""
        return [condition for condition in self.conditions if condition is not IS_LEFT]

    def ids(self, *of_ids: OfId) -> sa.Select[tuple[int]]:
        """The ids of those who have the words and fit the conditions, and others on the id alone."""
        if self.words:
            return TEXT.ids(self.words, *self.narrowing, of_ids=(is_left, *of_ids), is_asked=self.is_known)
        return IDS.where(*self.conditions, *(fits(_rows.c.id) for fits in of_ids))

    def first_ids(self, most: int) -> Any:
        """The same, looked for where they are, and so many at the most."""
        some = self.ids().limit(most)
        return some if self.words else far.begun(some, self.signed_in_before)

    def but(self, rows: Sequence[sa.Row[Any]]) -> "Wanted":
        """The same without some rows."""
        if not rows:
            return self
        return replace(
            self, conditions=(*self.conditions, _rows.c.id.not_in([row.id for row in rows])), narrowed_as=None
        )
