"""The pages behind the link out: one click ends it, without sign-in, cookies or questions."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from portal.foundation.access import public
from portal.foundation.limits import unlimited
from portal.foundation.web import csrf
from portal.newsletter.models import ConsentSource
from portal.newsletter.service import consent, spooling
from portal.newsletter.service.leaving import subscription_of
from portal.newsletter.views.proofs import proof

leaving = Blueprint("leaving", __name__)


@leaving.get("/u/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    """Show a button and change nothing: programs open links, too."""
    subscription = subscription_of(token)
    if subscription is None or subscription.state not in consent.ON:
        return render_template("newsletter/left.html", subscription=subscription, token=token)
    return render_template("newsletter/leave.html", subscription=subscription, token=token)


@leaving.post("/u/<token>")
@public
@unlimited
def leave(token: str) -> ResponseReturnValue:
    """End it at once; a mailbox's own button (RFC 8058) wants a short answer and no redirect."""
    by_hand = "page" in request.form
    source = ConsentSource.MAILED_LINK if by_hand else ConsentSource.ONE_CLICK
    is_known = spooling.leave(token, source=source, proof=proof())
    if not by_hand:
        return Response("Unsubscribed.\n", mimetype="text/plain")
    return render_template(
        "newsletter/left.html", subscription=subscription_of(token) if is_known else None, token=token
    )


# A mailbox's program has neither cookie nor token; the signed link says who it is about.
csrf.exempt(leave)
