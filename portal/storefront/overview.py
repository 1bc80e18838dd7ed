"""Account home: who it is, what needs an answer first, and how each part of the account stands."""

from dataclasses import dataclass

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.guards import customer_required, the_account
from portal.accounts.models import Account
from portal.config import settings
from portal.customers.rules import numbers, telephones
from portal.foundation.pages import day
from portal.foundation.text import _, plural
from portal.groups.models import ApplicationState
from portal.storefront import sections, standing
from portal.storefront.standing import Standing

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


@overview.get("/account")
@customer_required
def show() -> ResponseReturnValue:
    account = the_account()
    customer = standing.of(account)
    if customer is None:
        abort(401)
    return render_template(
        "storefront/overview.html",
        customer=customer,
        me=customer,
        number=numbers.shown(customer.number),
        notices=_notices(customer),
        cards=_cards(customer, account),
        account_sections=sections.with_states(**_lines(customer)),
    )


def _notices(customer: Standing) -> list[Notice]:
    """What waits for the customer, or for us."""
    notices = []
    if customer.recovery_due_at is not None:
        title = _("Somebody asked to reset your password without your answer.")
        text = _("From %(day)s on they can, if they read your mail.", day=day(customer.recovery_due_at))
        notices.append(Notice("bad", title, text, "/account/security", _("Stop it")))
    application = customer.applied
    if application is not None and application.waits:
        sent = day(application.submitted_at)
        text = _("Sent on %(day)s. We email you the moment it’s decided.", day=sent)
        title = _("We’re checking your application for the group %(group)s.", group=application.group)
        if application.state is ApplicationState.NEEDS_INFORMATION:
            text = _("We need your answer before we decide.")
            notices.append(Notice("wait", title, text, "/account/groups", _("Answer")))
        else:
            notices.append(Notice("wait", title, text, "/account/groups", _("See it")))
    elif application is not None and application.state is ApplicationState.DECLINED:
        title = _("We couldn’t approve you for the group %(group)s.", group=application.group)
        notices.append(Notice("bad", title, application.reason, "/account/groups", _("See it")))
    if settings().security_question == "required" and not customer.has_question:
        title = _("You have no security question yet.")
        text = _("With one, nobody gets in with your mailbox alone.")
        notices.append(Notice("info", title, text, "/account/security", _("Choose one")))
    return notices


def _lines(customer: Standing) -> dict[str, str]:
    """In one line, how each section stands."""
    kept = len(customer.addresses)
    return {
        "profile": " · ".join(filter(None, [customer.name, customer.group])),
        "addresses": plural("%(num)s address", "%(num)s addresses", kept) if kept else _("None yet"),
        "groups": customer.group or _("None yet"),
        "security": _devices(customer),
        "newsletters": _("Subscribed") if customer.newsletters else _("Not subscribed"),
        "privacy": _("Download it, or close your account"),
    }


def _cards(customer: Standing, account: Account) -> list[Card]:
    telephone = telephones.written(customer.typed_telephone, customer.telephone, settings().shop_country)
    details = [
        {"label": _("Name"), "value": customer.name},
        {"label": _("Email"), "value": customer.email},
        {"label": _("Telephone"), "value": telephone},
        {"label": _("Customer group"), "value": customer.group, "href": "/account/groups"},
    ]
    question = _("Chosen") if customer.has_question else _("Not chosen")
    security = [
        {"label": _("Password changed"), "value": day(account.password_changed_at)},
        {"label": _("Security question"), "value": question},
        {"label": _("Signed in on"), "value": _devices(customer)},
    ]
    change = _("Change")
    no_news = _("You get none. Offers and new arrivals come about twice a month.")
    return [
        Card(_("Your details"), "/account/profile", change, details),
        Card(_("Addresses"), "/account/addresses", *_addresses(customer), _("None yet. Type them once.")),
        Card(_("Security"), "/account/security", change, security),
        Card(_("Newsletters"), "/account/newsletters", change, _newsletters(customer), no_news),
    ]


def _addresses(customer: Standing) -> tuple[str, list[dict[str, str]]]:
    if not customer.addresses:
        return _("Add one"), []
    rows = []
    for label, found in (
        (_("Delivery"), next((address for address in customer.addresses if address.is_delivery), None)),
        (_("Bill"), next((address for address in customer.addresses if address.is_billing), None)),
    ):
        rows.append({"label": label, "value": found.line if found else ""})
    kept = plural("%(num)s address", "%(num)s addresses", len(customer.addresses))
    return _("Change"), [*rows, {"label": _("In your book"), "value": kept}]


def _newsletters(customer: Standing) -> list[dict[str, str]]:
    on = _("Subscribed")
    return [{"label": name, "value": on} for name in customer.newsletters]


def _devices(customer: Standing) -> str:
    return plural("%(num)s device", "%(num)s devices", customer.devices)
