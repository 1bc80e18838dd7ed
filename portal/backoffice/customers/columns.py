"""The columns that the list of customers may show: a registry; what a cell holds is loaded for a whole page at once.

A feature above adds a `Column` of its own to `COLUMNS`. A column whose cells come from other tables costs one more
statement, and only where it is shown.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from portal.backoffice import customer_words as words
from portal.backoffice.customers import choices
from portal.config import settings
from portal.customers import custom_queries
from portal.customers import queries as customers
from portal.customers.queries import Row
from portal.customers.rules import addresses, numbers, telephones
from portal.foundation.text import lazy, locale
from portal.groups import queries as groups
from portal.newsletter import queries as newsletter
from portal.newsletter import rules

MOST = 8  # columns that a page has room for
Cells = Callable[[Sequence[Row]], Sequence[Any]]  # one for each row, in their order; None and "" are shown as a dash


@dataclass(frozen=True)
class Column:
    """One column beside the name: its words, what its cells hold, and how they look.

    `kind` is `text`, `number`, `status` (words and kind) or `day` (a moment); `at` is its place on a phone, where a
    column without one is left out.
    """

    name: str
    label: str
    cells: Cells
    kind: str = "text"
    at: str = ""
    sort: str = ""  # the order of the list that its head turns on


def _of_row(cell: Callable[[Row], Any]) -> Cells:
    return lambda rows: [cell(row) for row in rows]


def _status(rows: Sequence[Row]) -> Sequence[tuple[str, str]]:
    said = {status: (str(label), kind) for status, (kind, label) in words.STATUS.items()}
    return [said[row.status] for row in rows]


def _group(rows: Sequence[Row]) -> Sequence[str]:
    names = choices.group_names()
    return [names.get(row.group_id, "") for row in rows]


def _telephone(rows: Sequence[Row]) -> Sequence[str]:
    home = settings().shop_country
    return [telephones.national(row.telephone, home) if row.telephone else "" for row in rows]


def _tags(rows: Sequence[Row]) -> Sequence[str]:
    found = custom_queries.tags_for([row.id for row in rows])
    return [", ".join(tag.name for tag in found.get(row.id, ())) for row in rows]


def _country(rows: Sequence[Row]) -> Sequence[str]:
    names = dict(addresses.country_names(locale()))
    return [names.get(row.country, row.country) for row in rows]


def _stores(rows: Sequence[Row]) -> Sequence[str]:
    names = dict(choices.stores_by_code().values())
    found = customers.stores_of([row.id for row in rows])
    return [", ".join(names.get(store, "") for store in sorted(found.get(row.id, ()))) for row in rows]


def _newsletter(rows: Sequence[Row]) -> Sequence[tuple[str, str] | None]:
    states = newsletter.states_of([row.email_key for row in rows if row.email_key])
    said = {state: (str(rules.STATE_WORDS[state]), rules.STATE_KINDS[state]) for state in set(states.values())}
    return [said[states[row.email_key]] if row.email_key in states else None for row in rows]


def _signed_in(rows: Sequence[Row]) -> Sequence[Any]:
    moments = customers.last_sign_ins([row.account_id for row in rows if row.account_id is not None])
    return [moments.get(row.account_id) for row in rows]


def _applies_for(rows: Sequence[Row]) -> Sequence[str]:
    names, wanted = choices.group_names(), groups.applied_for([row.id for row in rows if row.has_open_application])
    return [names.get(wanted[row.id], "") if row.id in wanted else "" for row in rows]


NAME = Column("name", lazy("Customer"), _of_row(lambda row: row.email), at="main", sort="name")  # always there
COLUMNS: list[Column] = [
    Column("number", lazy("Number"), _of_row(lambda row: numbers.shown(row.number)), "number", "note", "number"),
    Column("status", lazy("Status"), _status, "status", "state"),
    Column("group", lazy("Group"), _group),
    Column("telephone", lazy("Telephone"), _telephone, "number"),
    Column("created", lazy("Created"), _of_row(lambda row: row.created_at), "day", "end", "created"),
    Column("tags", lazy("Tags"), _tags),
    Column("country", lazy("Country"), _country),
    Column("stores", lazy("Stores"), _stores),
    Column("newsletter", lazy("Newsletter"), _newsletter, "status"),
    Column("signed_in", lazy("Last sign-in"), _signed_in, "day"),
    Column("waiting", lazy("Applies for"), _applies_for),
    Column("created_by", lazy("Added by"), _of_row(lambda row: row.created_by)),
]
USUAL = ("number", "status", "group", "telephone", "created")


def chosen(names: Iterable[str]) -> list[Column]:
    """The columns of these names in the order of the registry; the usual ones when none of them is known."""
    wanted = set(names)
    known = [column for column in COLUMNS if column.name in wanted][: MOST - 1]
    return known or [column for column in COLUMNS if column.name in USUAL]
