"""What the list of customers may be filtered by: a registry, the reading of an address, and the words of each filter.

A feature above adds a `Filter` of its own to `FILTERS`. Unknown values are ignored and said on the page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from portal.backoffice import customer_words as words
from portal.backoffice import listing
from portal.backoffice.customers import choices
from portal.customers import custom_queries
from portal.customers import queries as customers
from portal.customers.models import Address, Customer, CustomerStatus, Tag
from portal.foundation import lately
from portal.foundation.pages import day as in_words
from portal.foundation.pages import start_of
from portal.foundation.text import _, lazy, locale
from portal.groups import queries as groups
from portal.groups.models import CustomerGroup
from portal.newsletter import queries as newsletter
from portal.newsletter.models import SubscriptionState
from portal.newsletter.rules import STATE_WORDS
from portal.stores.models import Store

# The tables that name what filters choose from.
NAMED_IN = (CustomerGroup.__tablename__, Store.__tablename__, Tag.__tablename__, Address.__tablename__)

Condition = customers.Condition
Answer = tuple[Condition, str] | None  # a condition and its words, None for a value that nobody knows
Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Filter:
    """One filter: its name in the address, what a value there means, and how it is asked for.

    `choices` are the values and words of a list; without them a day is asked for. A filter that is not `asked` stands
    in addresses alone, as for a tab above the list.
    """

    name: str
    label: str
    read: Callable[[str], Answer]
    choices: Callable[[], Choices] | None = None
    asked: bool = True


@dataclass
class Filters:
    """What is sought: `values` stay in addresses, `said` is shown as chips, `ignored` is told.

    `fits` has the condition of each filter by its name.
    """

    values: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    fits: dict[str, Condition] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)

    @property
    def sort(self) -> str:
        return self.values.get("sort", customers.NEWEST_FIRST)

    @property
    def only(self) -> dict[str, str]:
        """The values that narrow the list: without its order and the saved view."""
        return {name: value for name, value in self.values.items() if name not in ("sort", "view")}

    @property
    def conditions(self) -> list[Condition]:
        """What all who are sought fit; a span of sign-ins is one condition, since few may have both its ends.

        Nobody without an account ever signed in, so whoever asks for both is answered without a search.
        """
        since, before = listing.day(self.values.get("signed_in_from", "")), self.signed_in_before
        if (since or before) and self.values.get("status") == CustomerStatus.NO_ACCOUNT:
            return [sa.false()]
        if since is None or before is None:
            return list(self.fits.values())
        between = customers.signed_in(since=start_of(since), before=before)
        return [*(one for name, one in self.fits.items() if not name.startswith("signed_in")), between]

    @property
    def signed_in_before(self) -> datetime | None:
        """When the day ends up to which somebody signed in last; None where that is not asked."""
        on = listing.day(self.values.get("signed_in_to", ""))
        return None if on is None else start_of(_after(on))


def names() -> tuple[str, ...]:
    """Everything that the address of the list may hold, pages aside."""
    return ("q", *(one.name for one in FILTERS), "sort", "view")


def read_within_reach(asked: Mapping[str, str]) -> Filters:
    """The filters of an address as whoever asks may know them: a store out of their reach is not understood."""
    store = asked.get("store", "")
    if not store or choices.is_within(store):
        return read(asked)
    found = read({**asked, "store": ""})
    found.ignored.append(f"store={store}")
    return found


def read(asked: Mapping[str, str]) -> Filters:
    """The filters of an address; values nobody knows are ignored and noted."""
    filters = Filters()
    if text := asked.get("q", ""):
        filters.values["q"], filters.said["q"] = text, _("Search: %(term)s", term=text)
    for one in FILTERS:
        text = asked.get(one.name, "")
        found = _known(one, text) if text else None
        if found is not None:
            filters.values[one.name] = text
            filters.fits[one.name] = found[0]
            filters.said[one.name] = found[1]
        elif text:
            filters.ignored.append(f"{one.name}={text}")
    if text := asked.get("sort", ""):
        _sort(text, filters)
    return filters


def _known(one: Filter, text: str) -> Answer:
    """What a value means, remembered: a condition takes longer to make than its rows to find, for page after page."""
    key = ("filter", one.name, text, locale())
    return lately.known(key, lambda: one.read(text), of=NAMED_IN, seconds=choices.KEPT, if_it=bool)


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


def _group(text: str) -> Answer:
    name = dict(choices.groups()).get(text)
    return None if name is None else (groups.in_group(int(text)), _("Group: %(group)s", group=name))


def _tag(text: str) -> Answer:
    name = dict(choices.tags()).get(text)
    return None if name is None else (custom_queries.tagged(int(text)), _("Tag: %(tag)s", tag=name))


def _newsletter(text: str) -> Answer:
    if text in _STATES:
        state, said = _STATES[text]
        return newsletter.state_is(state), str(said)
    if text == "never":
        return newsletter.is_unknown(), _("Newsletter: never asked for")
    return (~newsletter.subscribed(), _("Newsletter: not subscribed")) if text == "no" else None


# `yes`, `no` and `pending` are promised; the others are the words of the states.
_STATES = {
    "yes": (SubscriptionState.ACTIVE, lazy("Newsletter: subscribed")),
    "pending": (SubscriptionState.PENDING, lazy("Newsletter: not confirmed")),
    "unsubscribed": (SubscriptionState.UNSUBSCRIBED, lazy("Newsletter: unsubscribed")),
    "cleaned": (SubscriptionState.CLEANED, lazy("Newsletter: mail came back")),
    "complained": (SubscriptionState.COMPLAINED, lazy("Newsletter: complained")),
}


def _newsletter_options() -> Choices:
    states = [(text, str(STATE_WORDS[state])) for text, (state, _said) in _STATES.items()]
    return [("", _("Any")), *states, ("never", _("Never asked for")), ("no", _("Not subscribed"))]


def _waiting(text: str) -> Answer:
    return (groups.has_open_application(), _("An application waits")) if text == "1" else None


def _store(text: str) -> Answer:
    known = choices.stores_by_code().get(text)
    return None if known is None else (customers.of_store(known[0]), _("Store: %(store)s", store=known[1]))


def _country(text: str) -> Answer:
    name = dict(choices.countries()).get(text)
    return None if name is None else (Customer.country == text, _("Country: %(country)s", country=name))


def _day(condition: Callable[[date], Condition], said: Callable[[str], str]) -> Callable[[str], Answer]:
    """The reader of a filter by a day: its condition, and its words with the day in them."""

    def read_day(text: str) -> Answer:
        on = listing.day(text)
        return None if on is None else (condition(on), said(in_words(on)))

    return read_day


def _after(on: date) -> date:
    return on + timedelta(days=1)


FILTERS: list[Filter] = [
    Filter("status", lazy("Status"), _status, lambda: [("", _("Any status")), *words.status_options()]),
    Filter("group", lazy("Group"), _group, lambda: [("", _("Any group")), *choices.groups()]),
    Filter(
        "newsletter",
        lazy("Newsletter"),
        _newsletter,
        _newsletter_options,
    ),
    Filter("tag", lazy("Tag"), _tag, lambda: [("", _("Any tag")), *choices.tags()]),
    Filter("store", lazy("Store"), _store, lambda: [("", _("Any store")), *choices.stores()]),
    Filter("country", lazy("Country"), _country, lambda: [("", _("Any country")), *choices.countries()]),
    Filter(
        "created_from",
        lazy("Created from"),
        _day(lambda on: Customer.created_at >= start_of(on), lambda day: _("Created from %(day)s", day=day)),
    ),
    Filter(
        "created_to",
        lazy("Created to"),
        _day(lambda on: Customer.created_at < start_of(_after(on)), lambda day: _("Created to %(day)s", day=day)),
    ),
    Filter(
        "signed_in_from",
        lazy("Last sign-in from"),
        _day(lambda on: customers.signed_in(since=start_of(on)), lambda day: _("Last sign-in from %(day)s", day=day)),
    ),
    Filter(
        "signed_in_to",
        lazy("Last sign-in to"),
        _day(
            lambda on: customers.signed_in(before=start_of(_after(on))),
            lambda day: _("Last sign-in to %(day)s", day=day),
        ),
    ),
    Filter("waiting", lazy("Waiting application"), _waiting, asked=False),
]
