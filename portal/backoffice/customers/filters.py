"""What the address of the list asks for: conditions, the words of the chips, and what was not understood."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from portal.backoffice import listing
from portal.backoffice.customers import words
from portal.customers import queries as customers
from portal.customers.models import Customer, CustomerStatus
from portal.foundation.pages import start_of
from portal.foundation.text import _
from portal.groups import queries as groups
from portal.groups.models import CustomerGroup
from portal.newsletter import queries as newsletter
from portal.newsletter.models import SubscriptionState
from portal.stores.models import Store

Condition = customers.Condition
Answer = tuple[Condition, str] | None  # a condition and its words, None for a value that nobody knows
NAMES = ("q", "status", "group", "newsletter", "waiting", "store", "created_from", "created_to", "sort")


@dataclass
class Filters:
    """What is sought: `values` stay in addresses, `said` is shown as chips, `ignored` is told."""

    values: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    conditions: list[Condition] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def sort(self) -> str:
        return self.values.get("sort", customers.NEWEST_FIRST)


def read(asked: Mapping[str, str], groups_known: list[CustomerGroup], stores_known: list[Store]) -> Filters:
    """The filters of an address; values nobody knows are ignored and noted."""
    filters = Filters()
    readers: dict[str, Callable[[str], Answer]] = {
        "status": _status,
        "group": lambda text: _group(text, groups_known),
        "newsletter": _newsletter,
        "waiting": _waiting,
        "store": lambda text: _store(text, stores_known),
        "created_from": _created_from,
        "created_to": _created_to,
    }
    for name in NAMES:
        text = asked.get(name, "")
        if not text:
            continue
        if name == "q":
            filters.values[name], filters.said[name] = text, _("Search: %(term)s", term=text)
        elif name == "sort":
            _sort(text, filters)
        elif (found := readers[name](text)) is not None:
            filters.values[name] = text
            filters.conditions.append(found[0])
            filters.said[name] = found[1]
        else:
            filters.ignored.append(f"{name}={text}")
    return filters


def _sort(text: str, filters: Filters) -> None:
    if customers.order_of(text) is None:
        filters.ignored.append(f"sort={text}")
    elif text != customers.NEWEST_FIRST:
        filters.values["sort"] = text


def _status(text: str) -> Answer:
    if text not in list(CustomerStatus):
        return None
    status = CustomerStatus(text)
    return Customer.status == status, _("Status: %(status)s", status=words.STATUS[status][1])


def _group(text: str, known: list[CustomerGroup]) -> Answer:
    group = next((group for group in known if str(group.id) == text), None)
    return None if group is None else (groups.in_group(group.id), _("Group: %(group)s", group=group.name))


def _newsletter(text: str) -> Answer:
    if text == "yes":
        return newsletter.subscribed(), _("Newsletter: subscribed")
    if text == "no":
        return ~newsletter.subscribed(), _("Newsletter: not subscribed")
    if text == "pending":
        return newsletter.state_is(SubscriptionState.PENDING), _("Newsletter: not confirmed")
    return None


def _waiting(text: str) -> Answer:
    return (groups.has_open_application(), _("An application waits")) if text == "1" else None


def _store(text: str, known: list[Store]) -> Answer:
    store = next((store for store in known if store.code == text), None)
    return None if store is None else (customers.of_store(store.id), _("Store: %(store)s", store=store.name))


def _created_from(text: str) -> Answer:
    on = listing.day(text)
    return None if on is None else (Customer.created_at >= start_of(on), _("Created from %(day)s", day=text))


def _created_to(text: str) -> Answer:
    on = listing.day(text)
    if on is None:
        return None
    return Customer.created_at < start_of(on + timedelta(days=1)), _("Created to %(day)s", day=text)
