"""Which customers an act is about: those that were ticked, or all that fit the filter of the list."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from portal.backoffice import listing
from portal.backoffice.customers import filters
from portal.backoffice.customers.finding import PATH
from portal.customers import queries as customers
from portal.customers.models import Customer
from portal.foundation.database import LARGEST_ID, db
from portal.foundation.errors import Conflict
from portal.foundation.forms import query_text
from portal.foundation.text import _
from portal.staff.rules import Reach

MOST = 100  # customers that are ticked at once: a page of the list
ALL = "all"


@dataclass(frozen=True)
class Selection:
    """Ticked customers by their ids; or the filter that all fit, as it stands in addresses, and in words.

    Either way only those within reach of the right that the act asks for.
    """

    reach: Reach
    ids: tuple[int, ...] = ()
    is_all: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()

    @property
    def query(self) -> sa.Select[tuple[int]]:
        """Their ids."""
        chosen = sa.select(Customer.id).where(*within(self.reach))
        return chosen.where(*conditions(self.values)) if self.is_all else chosen.where(Customer.id.in_(self.ids))

    @property
    def list_address(self) -> str:
        """The list that they were chosen on."""
        return listing.address(PATH, self.values)

    def count(self) -> int:
        """How many they are now, exactly."""
        return db.session.scalar(sa.select(sa.func.count()).select_from(self.query.subquery())) or 0


def read(asked: "MultiDict[str, str]", reach: Reach) -> Selection:
    """What was chosen, from an address or a form.

    Raises:
        Conflict: nobody, or more than fit on a page, or all that match something that is not understood.
    """
    typed = {name: query_text(asked, name) for name in filters.names()}
    found = filters.read_within_reach(typed)
    said = tuple(str(words) for words in found.said.values())
    if asked.get("select") == ALL:
        _refuse(found.ignored)
        return Selection(reach, is_all=True, values=found.values, said=said)
    ids = _ids([*asked.getlist("id"), *asked.get("ids", "").split(",")])
    if not ids:
        raise Conflict(_("Nobody is selected. Go back and tick at least one customer."))
    if len(ids) > MOST:
        raise Conflict(_("Tick %(n)s customers at the most, or take all that match.", n=MOST))
    return Selection(reach, ids, values=found.values, said=said)


def within(reach: Reach) -> list[customers.Condition]:
    """What customers fit on whom somebody may act: within their stores, neither erased nor merged into another."""
    return [customers.of_stores(reach), customers.IS_THERE]


def conditions(values: Mapping[str, str]) -> list[customers.Condition]:
    """What customers fit who are shown by a list with this address.

    Raises:
        Conflict: part of it is not understood, as when a group is gone: less filter would mean more customers.
    """
    found = filters.read(values)
    _refuse(found.ignored)
    term = found.values.get("q", "")
    return [*found.conditions, *([customers.matches(term)] if term else [])]


def _refuse(ignored: list[str]) -> None:
    if ignored:
        raise Conflict(_("The filter is not understood any more: %(values)s", values=", ".join(ignored)))


def _ids(texts: list[str]) -> tuple[int, ...]:
    numbers = {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ID))}
    return tuple(sorted(number for number in numbers if 0 < number <= LARGEST_ID))
