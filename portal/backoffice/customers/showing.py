"""One customer: head, tabs, and what each tab shows."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.audit import queries as audit
from portal.backoffice import acts
from portal.backoffice.customers import security, timeline, words
from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.backoffice.mail_kinds import in_words
from portal.customers import queries as customers
from portal.customers.models import Address, Customer
from portal.customers.rules import addresses, numbers
from portal.foundation.text import lazy, locale
from portal.groups import queries as groups
from portal.mail import queries as mail
from portal.newsletter import queries as newsletter
from portal.newsletter import rules as newsletter_rules
from portal.staff.guards import staff_required
from portal.staff.rules import Permission, initials

TABS = {
    "profile": lazy("Profile"),
    "timeline": lazy("Timeline"),
    "addresses": lazy("Addresses"),
    "groups": lazy("Groups"),
    "consent": lazy("Consent"),
    "mails": lazy("Mails"),
    "security": lazy("Security"),
    "audit": lazy("Audit"),
}
LATELY, ALL = 5, 200  # entries of the history beside the profile, and on its own tab

showing = Blueprint("customer_page", __name__, url_prefix=PATH)


@showing.get("/<number>")
@staff_required(Permission.CUSTOMER_VIEW)
def show(number: str) -> ResponseReturnValue:
    customer = find(number)
    tab = request.args.get("tab", "")
    tab = tab if tab in TABS else "profile"
    path = f"{PATH}/{customer.number}"
    return render_template(
        f"backoffice/customers/tabs/{tab}.html",
        customer=customer,
        number=numbers.shown(customer.number),
        initials=initials(customer.name),
        status=words.STATUS[customer.status],
        group=groups.preferred_group(customer.id),
        telephone=words.telephone(customer),
        tabs=[(label, path if name == "profile" else f"{path}?tab={name}") for name, label in TABS.items()],
        tab=TABS[tab],
        path=path,
        pending=security.pending(customer),
        **SHOWN[tab](customer),
    )


def _profile(customer: Customer) -> dict[str, Any]:
    book = customers.addresses(customer.id)
    state = newsletter.state_of(customer.email) if customer.email else None
    return {
        "history": history(customer, LATELY),
        "address": book[0] if book else None,
        "address_lines": address_lines,
        "newsletter": (newsletter_rules.STATE_KINDS[state], newsletter_rules.STATE_WORDS[state]) if state else None,
        "account": customer.account,
        "waits_for": groups.open_application(customer.id),
    }


def _timeline(customer: Customer) -> dict[str, Any]:
    asked = {name: request.args.get(name, "") for name in ("only", "after", "before")}
    return timeline.shown(customer, f"{PATH}/{customer.number}", **asked)


def _addresses(customer: Customer) -> dict[str, Any]:
    return {"book": customers.addresses(customer.id), "address_lines": address_lines}


def _groups(customer: Customer) -> dict[str, Any]:
    return {"memberships": groups.memberships(customer.id), "applications": groups.applications(customer.id)}


def _consent(customer: Customer) -> dict[str, Any]:
    return {
        "subscriptions": newsletter.of_customer(customer),
        "state_words": newsletter_rules.STATE_WORDS,
        "state_kinds": newsletter_rules.STATE_KINDS,
        "ledger": newsletter.history_of(customer.email) if customer.email else [],
    }


def _mails(customer: Customer) -> dict[str, Any]:
    return {"mails": mail.to_address(customer.email) if customer.email else [], "in_words": in_words}


def _audit(customer: Customer) -> dict[str, Any]:
    return {"history": history(customer, ALL)}


SHOWN: dict[str, Callable[[Customer], dict[str, Any]]] = {
    "profile": _profile,
    "timeline": _timeline,
    "addresses": _addresses,
    "groups": _groups,
    "consent": _consent,
    "mails": _mails,
    "security": security.shown,
    "audit": _audit,
}


def history(customer: Customer, most: int) -> list[dict[str, Any]]:
    """What happened to a customer and their account, newest first, as the timeline takes it."""
    entries = list(audit.trail("customer", customer.id, most=most))
    if customer.account_id is not None:
        entries += audit.trail("account", customer.account_id, most=most)
    return acts.told(sorted(entries, key=lambda entry: entry.id, reverse=True)[:most])


def address_lines(address: Address) -> list[str]:
    """An address line by line, states and country in words."""
    return addresses.lines(address, locale())
