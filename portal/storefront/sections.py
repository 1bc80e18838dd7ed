"""What every page of a customer shows around it: whose account it is, and the list of its sections."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Flask, request
from werkzeug.local import LocalProxy

from portal.accounts.guards import realm_of
from portal.accounts.models import Realm
from portal.customers.guards import customer_if_any
from portal.foundation.text import lazy


@dataclass(frozen=True)
class Section:
    """One part of the account: where it is, and in one line how it stands."""

    key: str
    label: str
    icon: str
    href: str
    state: str = ""


SECTIONS = (
    Section("profile", lazy("Your details"), "person", "/account/profile"),
    Section("addresses", lazy("Addresses"), "pin", "/account/addresses"),
    Section("groups", lazy("Groups"), "layers", "/account/groups"),
    Section("security", lazy("Security"), "lock", "/account/security"),
    Section("newsletters", lazy("Newsletters"), "mail", "/account/newsletters"),
    Section("privacy", lazy("Your data"), "download", "/account/privacy"),
)


def init_app(app: Flask) -> None:
    """Give the customers' pages the name in their head and the list at their side."""
    app.context_processor(_around)


def with_states(**states: str) -> list[Section]:
    """The sections, each with the line that says how it stands."""
    return [replace(section, state=states.get(section.key, "")) for section in SECTIONS]


def _around() -> dict[str, Any]:
    # A proxy, so that a page which asks for nobody costs no query: the page of a broken database, too.
    if realm_of(request.path) is not Realm.CUSTOMER:
        return {}
    return {"me": LocalProxy(customer_if_any), "account_sections": SECTIONS}
