"""The first page of the back office, and a member's own page."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_date, to_user_timezone

from portal.accounts.guards import the_account, the_session
from portal.accounts.service import factors, sessions
from portal.audit import queries as audit
from portal.backoffice import acts, figures, navigation, queues, rights
from portal.foundation.clock import now
from portal.foundation.text import _
from portal.staff import queries
from portal.staff.guards import may, staff_required, the_member
from portal.staff.rules import Permission
from portal.staff.service import in_words

NOON, EVENING = 12, 18  # hours of the shop's clock
EVENTS = 8  # of the audit log

home = Blueprint("home", __name__, url_prefix="/staff")


@home.get("")
@staff_required()
def show() -> ResponseReturnValue:
    """What waits, before anything else; then how the last days went."""
    entries = [entry for _, part in navigation.menu() for entry in part if entry.key != "home"]
    return render_template(
        "backoffice/home.html",
        queues=queues.told([entry for entry in entries if entry.waiting and entry.count]),
        places=[entry for entry in entries if not (entry.waiting and entry.count)],
        **figures.shown(),
        member=the_member(),
        greeting=_greeting(to_user_timezone(now()).hour),
        today=format_date(now(), "EEEE d MMMM y"),
        events=_just_happened() if may(Permission.AUDIT_VIEW) else [],
    )


@home.get("/me")
@staff_required()
def me() -> ResponseReturnValue:
    """My roles, rights and sessions."""
    member = the_member()
    return render_template(
        "backoffice/me.html",
        member=member,
        roles=[in_words({(given.role_id, given.store_id)}) for given in member.roles],
        rights=rights.in_words(queries.permissions_of(member)),
        devices=sessions.live(the_account()),
        here=the_session(),
        has=factors.of(the_account()),
    )


def _just_happened() -> list[dict[str, Any]]:
    """The newest acts on whomever, without the reasons, which stand in the audit log."""
    return [told | {"quote": ""} for told in acts.told(audit.entries(size=EVENTS).rows, with_subject=True)]


def _greeting(hour: int) -> str:
    name = the_member().name
    if hour < NOON:
        return _("Good morning, %(name)s", name=name)
    return _("Good afternoon, %(name)s", name=name) if hour < EVENING else _("Good evening, %(name)s", name=name)
