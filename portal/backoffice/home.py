"""The first page of the back office, and a member's own page."""

from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.guards import the_account, the_session
from portal.accounts.service import factors, sessions
from portal.audit import queries as audit
from portal.backoffice import acts, listing, navigation, rights
from portal.backoffice.customers import reach
from portal.customers import queries as customers
from portal.customers.models import Customer, CustomerStatus
from portal.foundation.clock import now
from portal.foundation.pages import start_of
from portal.foundation.text import _
from portal.newsletter import queries as newsletter
from portal.staff import queries
from portal.staff.guards import may, staff_required, the_member
from portal.staff.rules import Permission

NEW_FOR = timedelta(days=30)

home = Blueprint("home", __name__, url_prefix="/staff")


@home.get("")
@staff_required()
def show() -> ResponseReturnValue:
    """What waits, before anything else."""
    entries = [entry for _, part in navigation.menu() for entry in part if entry.key != "home"]
    return render_template(
        "backoffice/home.html",
        queues=[entry for entry in entries if entry.waiting and entry.count],
        places=[entry for entry in entries if not (entry.waiting and entry.count)],
        figures=_figures(),
        member=the_member(),
        events=acts.told(audit.entries(size=8).rows, with_subject=True) if may(Permission.AUDIT_VIEW) else [],
    )


@home.get("/me")
@staff_required()
def me() -> ResponseReturnValue:
    """My roles, rights and sessions."""
    member = the_member()
    return render_template(
        "backoffice/me.html",
        member=member,
        roles=[given.role.name for given in member.roles],
        rights=rights.in_words(queries.permissions_of(member)),
        devices=sessions.live(the_account()),
        here=the_session(),
        has=factors.of(the_account()),
    )


def _figures() -> list[dict[str, str]]:
    """How the shop is doing, as far as the member at work may see it: one bounded count each."""
    figures = []
    if may(Permission.CUSTOMER_VIEW):
        since, waits = (now() - NEW_FOR).date(), CustomerStatus.WAITING
        mine = reach.within(Permission.CUSTOMER_VIEW)
        figures += [
            {
                "label": _("New customers"),
                "value": listing.figure(customers.count(mine, Customer.created_at >= start_of(since))),
                "note": _("In the last %(n)s days", n=NEW_FOR.days),
                "href": f"/staff/customers?created_from={since}",
            },
            {
                "label": _("Customers waiting"),
                "value": listing.figure(customers.count(mine, Customer.status == waits)),
                "note": _("Cannot sign in until approved"),
                "href": f"/staff/customers?status={waits}",
            },
        ]
    if may(Permission.AUDIENCE_VIEW):
        figures.append(
            {
                "label": _("Newsletter subscribers"),
                "value": listing.figure(newsletter.count_subscribers()),
                "note": _("Confirmed and not stopped"),
                "href": "/staff/audiences",
            }
        )
    return figures
