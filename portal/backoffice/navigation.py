"""The menu: which entries the permissions of the member at work show."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask, g, request

from portal.accounts.guards import realm_of
from portal.accounts.models import Realm
from portal.config import settings
from portal.customers import queries as customers
from portal.customers.rules import numbers
from portal.customers.service import duplicates
from portal.foundation import lately
from portal.foundation.text import lazy
from portal.groups import queries as groups
from portal.jobs import queries as jobs
from portal.mail import queries as mail
from portal.newsletter.queries import reports
from portal.staff.guards import current_member, lacks_factor, may, may_here, rights, stores_for, the_member
from portal.staff.rules import Permission, initials
from portal.transfers import queries as transfers

# The tables that the counts of the menu come from, and those that say whose count is which.
COUNTED_IN = (
    *("application", "customer_export", "email_change", "inbound_report", "outbox_message", "job"),
    *("role_grant", "staff_role"),
)


@dataclass(frozen=True)
class Entry:
    """One line of the menu."""

    key: str
    label: str
    icon: str
    href: str
    permission: Permission | None = None
    waiting: Callable[[], int] | None = None
    count: int = 0
    count_kind: str = "wait"
    is_used: Callable[[], bool] = lambda: True  # whether the shop has it at all


def _my_failed_jobs() -> int:
    return jobs.count_failed(the_member().id)


def _exports_for_me() -> int:
    if not may(Permission.CUSTOMER_EXPORT):
        return 0
    return transfers.count_exports_for(the_member().id, masked=stores_for(Permission.CUSTOMER_REVEAL) is None)


def _exports_wait() -> bool:
    return settings().export_second_person > 0


MENU = (
    (
        "",
        (
            Entry("home", lazy("Home"), "home", "/staff"),
            Entry("customers", lazy("Customers"), "people", "/staff/customers", Permission.CUSTOMER_VIEW),
            Entry(
                "approvals",
                lazy("Approvals"),
                "check-circle",
                "/staff/approvals",
                Permission.CUSTOMER_APPROVE,
                waiting=lambda: groups.count_waiting(
                    groups.Wanted(stores=stores_for(Permission.CUSTOMER_APPROVE), member_id=the_member().id)
                ),
            ),
            Entry(
                "address-changes",
                lazy("Address changes"),
                "at",
                "/staff/address-changes",
                Permission.CUSTOMER_VERIFY,
                waiting=lambda: customers.count_moves_to_approve(
                    customers.of_stores(stores_for(Permission.CUSTOMER_VERIFY))
                ),
            ),
            Entry(
                "duplicates",
                lazy("Duplicates"),
                "twins",
                "/staff/duplicates",
                Permission.CUSTOMER_MERGE,
                waiting=duplicates.count_waiting,
            ),
            Entry("groups", lazy("Groups"), "layers", "/staff/groups", Permission.GROUP_VIEW),
            Entry("fields", lazy("Fields"), "note", "/staff/fields", Permission.FIELD_VIEW),
        ),
    ),
    (
        lazy("Newsletters"),
        (
            Entry("campaigns", lazy("Campaigns"), "send", "/staff/campaigns", Permission.CAMPAIGN_VIEW),
            Entry("audiences", lazy("Audiences"), "target", "/staff/audiences", Permission.AUDIENCE_VIEW),
            Entry(
                "bounces",
                lazy("Bounces"),
                "bounce",
                "/staff/bounces",
                Permission.BOUNCE_VIEW,
                waiting=reports.count_unclear,
            ),
            Entry("suppressions", lazy("Not written to"), "lock", "/staff/suppressions", Permission.SUPPRESSION_VIEW),
        ),
    ),
    (
        lazy("Running the shop"),
        (
            Entry("transfers", lazy("Import and export"), "transfer", "/staff/transfers", Permission.CUSTOMER_IMPORT),
            Entry(
                "exports",
                lazy("Exports to approve"),
                "download",
                "/staff/transfers/exports",
                Permission.CUSTOMER_EXPORT,
                waiting=_exports_for_me,
                is_used=_exports_wait,
            ),
            Entry("stores", lazy("Stores"), "store", "/staff/stores", Permission.STORE_VIEW),
            Entry("members", lazy("Staff"), "team", "/staff/members", Permission.MEMBER_VIEW),
            Entry("roles", lazy("Roles"), "key", "/staff/roles", Permission.ROLE_VIEW),
            Entry("jobs", lazy("Jobs"), "activity", "/staff/jobs", waiting=_my_failed_jobs, count_kind="bad"),
            Entry(
                "outbox",
                lazy("Outbox"),
                "mail",
                "/staff/outbox",
                Permission.OUTBOX_VIEW,
                waiting=mail.count_failed,
                count_kind="bad",
            ),
            Entry("audit", lazy("Audit log"), "list", "/staff/audit", Permission.AUDIT_VIEW),
        ),
    ),
)


def init_app(app: Flask) -> None:
    """Give the back office's pages their menu, and the filter that writes a customer number as it is read aloud."""
    app.context_processor(_shell)
    app.jinja_env.filters["customer_number"] = numbers.shown
    app.jinja_env.globals["may"] = may_here
    app.jinja_env.globals["lacks_factor"] = lacks_factor


@dataclass(frozen=True)
class Menu:
    """What a member may open: the keys of the entries, and how much waits behind each; its parts are made of them."""

    shown: tuple[tuple[str, int], ...]

    def __iter__(self) -> Iterator[tuple[str, list[Entry]]]:
        counts = dict(self.shown)
        for heading, entries in MENU:
            mine = [replace(entry, count=counts[entry.key]) for entry in entries if entry.key in counts]
            if mine:
                yield heading, mine


def menu() -> Menu:
    """What the member at work may open, with counts only of work that waits; counted once in some seconds."""
    if "staff_menu" not in g:
        g.staff_menu = _menu()
    shown: Menu = g.staff_menu
    return shown


def _menu() -> Menu:
    held = rights().held | {None}
    mine = [entry for _heading, entries in MENU for entry in entries if entry.permission in held and entry.is_used()]
    counts = lately.known(("menu", the_member().id), lambda: _counts(mine), of=COUNTED_IN)
    return Menu(tuple((entry.key, counts.get(entry.key, 0)) for entry in mine))


def _counts(mine: list[Entry]) -> dict[str, int]:
    return {entry.key: entry.waiting() for entry in mine if entry.waiting}


def _shell() -> dict[str, Any]:
    if realm_of(request.path) is not Realm.STAFF:
        return {}
    member = current_member()
    if member is None:
        return {}
    return {
        "menu": menu(),
        "staff": {"name": member.name, "initials": initials(member.name)},
        "layout": "layouts/backoffice.html",
        "may_find": may(Permission.CUSTOMER_VIEW),
    }
