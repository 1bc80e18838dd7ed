"""Account home: who it is, what needs an answer first, and how each part of the account stands."""

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries as accounts
from portal.accounts.guards import customer_required, the_account
from portal.accounts.models import Account, CoolingOff
from portal.accounts.service import sessions
from portal.config import settings
from portal.customers import queries as customers
from portal.customers.guards import current_customer
from portal.customers.models import Address, Customer
from portal.customers.rules import numbers, telephones
from portal.foundation.pages import day
from portal.foundation.text import plural
from portal.groups import queries as groups
from portal.groups.models import ApplicationState
from portal.newsletter import queries as newsletters
from portal.newsletter.models import SubscriptionState
from portal.storefront import sections

overview = Blueprint("overview", __name__)


@dataclass(frozen=True)
class Notice:
    """Something to know or do before anything else."""

    kind: str
    title: str
    text: str
    href: str = ""
    act: str = ""


@dataclass(frozen=True)
class Card:
    """One part of the account at a glance."""

    title: str
    href: str
    act: str
    rows: list[dict[str, str]]
    none: str = ""  # what to say where there are no rows


@dataclass(frozen=True)
class Standing:
    """What the cards, and the lines under the sections, tell."""

    group: str
    addresses: list[Address]
    newsletters: list[str]
    devices: int
    has_question: bool
    waits: CoolingOff | None  # a recovery without the answer


@overview.get("/account")
@customer_required
def show() -> ResponseReturnValue:
    customer, account = current_customer(), the_account()
    standing = _standing(customer, account)
    return render_template(
        "storefront/overview.html",
        customer=customer,
        number=numbers.shown(customer.number),
        notices=_notices(customer, standing),
        cards=_cards(customer, account, standing),
        account_sections=sections.with_states(**_lines(customer, standing)),
    )


def _notices(customer: Customer, standing: Standing) -> list[Notice]:
    """What waits for the customer, or for us."""
    notices = []
    if standing.waits is not None:
        title = gettext("Somebody asked to reset your password without your answer.")
        text = gettext("From %(day)s on they can, if they read your mail.", day=day(standing.waits.due_at))
        notices.append(Notice("bad", title, text, "/account/security", gettext("Stop it")))
    application = groups.latest_application(customer.id)
    if application is not None and application.waits:
        sent = day(application.submitted_at)
        text = gettext("Sent on %(day)s. We email you the moment it’s decided.", day=sent)
        title = gettext("We’re checking your application for the group %(group)s.", group=application.group.name)
        if application.state is ApplicationState.NEEDS_INFORMATION:
            text = gettext("We need your answer before we decide.")
            notices.append(Notice("wait", title, text, "/account/groups", gettext("Answer")))
        else:
            notices.append(Notice("wait", title, text, "/account/groups", gettext("See it")))
    elif application is not None and application.state is ApplicationState.DECLINED:
        title = gettext("We couldn’t approve you for the group %(group)s.", group=application.group.name)
        notices.append(Notice("bad", title, application.reason, "/account/groups", gettext("See it")))
    if settings().security_question == "required" and not standing.has_question:
        title = gettext("You have no security question yet.")
        text = gettext("With one, nobody gets in with your mailbox alone.")
        notices.append(Notice("info", title, text, "/account/security", gettext("Choose one")))
    return notices


def _standing(customer: Customer, account: Account) -> Standing:
    group = groups.preferred_group(customer.id)
    received = newsletters.of_customer(customer)
    return Standing(
        group=group.name if group else "",
        addresses=customers.addresses(customer.id),
        newsletters=[row.audience.name for row in received if row.state is SubscriptionState.ACTIVE],
        devices=len(sessions.live(account)),
        has_question=accounts.question_of(account.id) is not None,
        waits=accounts.waiting_recovery(account.id),
    )


def _lines(customer: Customer, standing: Standing) -> dict[str, str]:
    """In one line, how each section stands."""
    kept = len(standing.addresses)
    return {
        "profile": " · ".join(filter(None, [customer.name, standing.group])),
        "addresses": plural("%(num)s address", "%(num)s addresses", kept) if kept else gettext("None yet"),
        "groups": standing.group or gettext("None yet"),
        "security": _devices(standing),
        "newsletters": gettext("Subscribed") if standing.newsletters else gettext("Not subscribed"),
        "privacy": gettext("Download it, or close your account"),
    }


def _cards(customer: Customer, account: Account, standing: Standing) -> list[Card]:
    telephone = telephones.shown(customer.telephone, settings().shop_country)
    details = [
        {"label": gettext("Name"), "value": customer.name},
        {"label": gettext("Email"), "value": customer.email},
        {"label": gettext("Telephone"), "value": telephone},
        {"label": gettext("Customer group"), "value": standing.group, "href": "/account/groups"},
    ]
    question = gettext("Chosen") if standing.has_question else gettext("Not chosen")
    security = [
        {"label": gettext("Password changed"), "value": day(account.password_changed_at)},
        {"label": gettext("Security question"), "value": question},
        {"label": gettext("Signed in on"), "value": _devices(standing)},
    ]
    change = gettext("Change")
    no_news = gettext("You get none. Offers and new arrivals come about twice a month.")
    return [
        Card(gettext("Your details"), "/account/profile", change, details),
        Card(gettext("Addresses"), "/account/addresses", *_addresses(standing), gettext("None yet. Type them once.")),
        Card(gettext("Security"), "/account/security", change, security),
        Card(gettext("Newsletters"), "/account/newsletters", change, _newsletters(standing), no_news),
    ]


def _addresses(standing: Standing) -> tuple[str, list[dict[str, str]]]:
    if not standing.addresses:
        return gettext("Add one"), []
    rows = []
    for label, found in (
        (gettext("Delivery"), next((address for address in standing.addresses if address.is_delivery), None)),
        (gettext("Bill"), next((address for address in standing.addresses if address.is_billing), None)),
    ):
        rows.append({"label": label, "value": f"{found.address_1}, {found.city}".strip(", ") if found else ""})
    kept = plural("%(num)s address", "%(num)s addresses", len(standing.addresses))
    return gettext("Change"), [*rows, {"label": gettext("In your book"), "value": kept}]


def _newsletters(standing: Standing) -> list[dict[str, str]]:
    on = gettext("Subscribed")
    return [{"label": name, "value": on} for name in standing.newsletters]


def _devices(standing: Standing) -> str:
    return plural("%(num)s device", "%(num)s devices", standing.devices)
