"""What is looked for in the queue: read from the address, said in chips, kept from page to page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import request

from portal.backoffice import listing
from portal.foundation.forms import query_text
from portal.foundation.pages import day, start_of
from portal.foundation.text import _, lazy
from portal.groups import queries
from portal.groups.models import ApplicationState
from portal.groups.queries import Wanted
from portal.staff.guards import scope, the_member
from portal.stores import queries as stores

PATH = "/staff/approvals"
NAMES = ("q", "group", "store", "sent_from", "sent_to", "longer", "state")
PLACES = ("after", "before")
LATE = "late"
LONGER = {"1d": timedelta(days=1), "3d": timedelta(days=3), "7d": timedelta(days=7), "30d": timedelta(days=30)}
LONGER_WORDS: Mapping[str, str] = {
    LATE: lazy("longer than promised"),
    "1d": lazy("more than 1 day"),
    "3d": lazy("more than 3 days"),
    "7d": lazy("more than 7 days"),
    "30d": lazy("more than 30 days"),
}
STATES: Mapping[str, str] = {
    ApplicationState.SUBMITTED.value: lazy("Our turn"),
    ApplicationState.NEEDS_INFORMATION.value: lazy("Applicant’s turn"),
}


@dataclass(frozen=True)
class Sought:
    """The filters that are on, with the place in the list.

    Args:
        filters: those that are understood, by name, as in the address.
        words: each of them in words.
        wanted: what they ask of the queue.
        after: the page behind this place.
        before: the page before this place.
    """

    filters: dict[str, str]
    words: dict[str, str]
    wanted: Wanted
    after: str
    before: str

    @property
    def query(self) -> str:
        """The query string that leads back to the same place, with its question mark."""
        return self.at("")

    def at(self, path: str) -> str:
        """A page that keeps what was looked for."""
        return listing.address(path, {**self.filters, "after": self.after, "before": self.before})


def read() -> Sought:
    """What the address of this request asks for; what is not understood is left out."""
    typed = {name: query_text(request.args, name) for name in (*NAMES, *PLACES)}
    words = {name: said for name in NAMES if (said := _in_words(name, typed[name]))}
    filters = {name: typed[name] for name in words}
    return Sought(filters, words, _wanted(filters), typed["after"], typed["before"])


def choices() -> dict[str, list[tuple[str, str]]]:
    """The options of each select."""
    everything = ("", _("All"))
    return {
        "groups": [everything, *((str(group.id), group.name) for group in queries.all_groups())],
        "stores": [everything, *((store.code, store.name) for store in stores.every())],
        "longer": [("", _("Any time")), *((key, str(words)) for key, words in LONGER_WORDS.items())],
        "states": [everything, *((key, str(words)) for key, words in STATES.items())],
    }


def _in_words(name: str, text: str) -> str:
    """A filter as its chip says it; empty when it is not understood, or not on."""
    return _READERS[name](text) if text else ""


def _group(text: str) -> str:
    return next((group.name for group in queries.all_groups() if str(group.id) == text), "")


def _store(text: str) -> str:
    return next((store.name for store in stores.every() if store.code == text), "")


def _longer(text: str) -> str:
    return _("Waits %(time)s", time=str(LONGER_WORDS[text])) if text in LONGER_WORDS else ""


def _sent_from(text: str) -> str:
    found = listing.day(text)
    return _("Sent from %(day)s", day=day(found)) if found else ""


def _sent_to(text: str) -> str:
    found = listing.day(text)
    return _("Sent until %(day)s", day=day(found)) if found else ""


_READERS: Mapping[str, Callable[[str], str]] = {
    "q": lambda text: text,
    "group": _group,
    "store": _store,
    "sent_from": _sent_from,
    "sent_to": _sent_to,
    "longer": _longer,
    "state": lambda text: str(STATES.get(text, "")),
}


def _wanted(filters: Mapping[str, str]) -> Wanted:
    longer = filters.get("longer", "")
    return Wanted(
        text=filters.get("q", ""),
        group_id=int(filters["group"]) if "group" in filters else None,
        store=filters.get("store", ""),
        sent_from=_moment(filters.get("sent_from", "")),
        sent_before=_moment(filters.get("sent_to", ""), plus=timedelta(days=1)),
        longer_than=LONGER.get(longer),
        late=longer == LATE,
        state=ApplicationState(filters["state"]) if "state" in filters else None,
        stores=scope(),
        member_id=the_member().id,
    )


def _moment(text: str, plus: timedelta = timedelta(0)) -> datetime | None:
    found = listing.day(text)
    return start_of(found + plus) if found else None
