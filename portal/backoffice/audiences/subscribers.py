"""One subscriber with the evidence, and by hand: invited by mail, taken out on their word."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts.forms import EmailField
from portal.accounts.guards import visitor
from portal.backoffice.audiences.finding import PATH, audience_of, subscriber_of, tabs
from portal.foundation.forms import PortalForm, Required, TextField
from portal.foundation.text import _, lazy
from portal.mail import queries as mail
from portal.newsletter import queries, rules
from portal.newsletter.errors import ConsentNeeded
from portal.newsletter.models import DeliveryState, Subscription
from portal.newsletter.queries import subscribers as people
from portal.newsletter.service import consent, inviting
from portal.newsletter.service.ledger import Proof
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

subscribers = Blueprint("subscribers", __name__, url_prefix=f"{PATH}/<int:audience_id>")
ONE = "/subscribers/<int:subscription_id>"

RESULTS = {
    DeliveryState.QUEUED: ("wait", lazy("Waits for its turn")),
    DeliveryState.INTENT: ("info", lazy("Being sent")),
    DeliveryState.ACCEPTED: ("ok", lazy("Taken by the mail server")),
    DeliveryState.REJECTED: ("bad", lazy("Refused")),
    DeliveryState.DEFERRED: ("wait", lazy("Tried again later")),
    DeliveryState.SKIPPED: ("off", lazy("Left out")),
    DeliveryState.UNKNOWN: ("wait", lazy("Not known whether it arrived")),
    DeliveryState.FAILED: ("bad", lazy("Failed")),
    DeliveryState.CANCELLED: ("off", lazy("Cancelled before")),
}


class InviteForm(PortalForm):
    """Whom to ask."""

    email = EmailField()


class RemoveForm(PortalForm):
    """On whose word somebody is taken out."""

    reason = TextField(lazy("Reason"), Required(lazy("Enter a reason")), most=200)


@subscribers.get(ONE)
@staff_required(Permission.AUDIENCE_VIEW)
def show(audience_id: int, subscription_id: int) -> ResponseReturnValue:
    row = subscriber_of(audience_id, subscription_id)
    every = queries.of_email(row.email)
    return render_template(
        "backoffice/audiences/subscriber.html",
        row=row,
        subscriptions=every,
        ledger=queries.history_of(row.email),
        mails=people.mailed(every),
        results={state.value: told for state, told in RESULTS.items()},
        customer=people.customers_of([row]).get(row.email_key),
        suppression=mail.suppression_of(row.email_key),
        words=rules.STATE_WORDS,
        kinds=rules.STATE_KINDS,
        paces=rules.PACES,
        is_on=row.state in consent.ON,
    )


@subscribers.get("/invite")
@staff_required(Permission.AUDIENCE_MODIFY)
def ask(audience_id: int) -> ResponseReturnValue:
    return _invitation(audience_id, InviteForm(formdata=None))


@subscribers.post("/invite")
@staff_required(Permission.AUDIENCE_MODIFY)
def invite(audience_id: int) -> ResponseReturnValue:
    audience, form = audience_of(audience_id), InviteForm()
    if not form.validate():
        return _invitation(audience_id, form), 422
    email = form.email.data or ""
    try:
        asked = inviting.invite_address(email, audience, by=acting_member(), proof=_proof())
    except ConsentNeeded as refusal:
        form.refuse("email", refusal)
        return _invitation(audience_id, form), 422
    if asked is None:
        flash(_("%(email)s is in it, or was asked already.", email=email), "info")
    else:
        flash(_("%(email)s gets a mail that asks. Once they press its button, they’re in.", email=email), "ok")
    return redirect(f"{PATH}/{audience_id}?state=all", 303)


@subscribers.get(f"{ONE}/remove")
@staff_required(Permission.AUDIENCE_MODIFY)
def ask_remove(audience_id: int, subscription_id: int) -> ResponseReturnValue:
    return _removal(subscriber_of(audience_id, subscription_id), RemoveForm(formdata=None))


@subscribers.post(f"{ONE}/remove")
@staff_required(Permission.AUDIENCE_MODIFY)
def remove(audience_id: int, subscription_id: int) -> ResponseReturnValue:
    row, form = subscriber_of(audience_id, subscription_id), RemoveForm()
    if not form.validate():
        return _removal(row, form), 422
    if inviting.remove(row, reason=form.reason.data or "", by=acting_member(), proof=_proof()):
        flash(_("%(email)s is out of %(audience)s.", email=row.email, audience=row.audience.name), "ok")
    else:
        flash(_("%(email)s was out already.", email=row.email), "info")
    return redirect(f"{PATH}/{audience_id}/subscribers/{subscription_id}", 303)


def _invitation(audience_id: int, form: InviteForm) -> str:
    audience = audience_of(audience_id)
    return render_template(
        "backoffice/audiences/invite.html",
        audience=audience,
        tabs=tabs(audience),
        typed=form.typed,
        errors=form.words,
    )


def _removal(row: Subscription, form: RemoveForm) -> str:
    return render_template("backoffice/audiences/remove.html", row=row, typed=form.typed, errors=form.words)


def _proof() -> Proof:
    found = visitor()
    return Proof(found.address, found.browser, str(request.url_rule or ""))
