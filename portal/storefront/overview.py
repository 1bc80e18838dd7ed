"""Account home: who it is, what needs an answer first, and how each part of the account stands."""

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries as accounts
from portal.accounts.guards import customer_required, the_account
from portal.accounts.models import Account
from portal.accounts.service import sessions
from portal.config import settings
from portal.customers.guards import current_customer
from portal.customers.models import Customer
from portal.customers.rules import telephones
from portal.foundation.pages import day
from portal.foundation.text import plural
from portal.groups import queries as groups
from portal.groups.models import ApplicationState
from portal.newsletter import queries as newsletters
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


@overview.get("/account")
@customer_required
def show() -> ResponseReturnValue:
    customer, account = current_customer(), the_account()
    return render_template(
        "storefront/overview.html",
        customer=customer,
        notices=_notices(customer, account),
        cards=_cards(customer, account),
        account_sections=sections.with_states(**_states(customer, account)),
    )
