"""Mail that waits, failed or was sent; send it again."""

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.audit.service import Subject, record
from portal.backoffice import listing
from portal.backoffice.mail_kinds import in_words
from portal.foundation.errors import NotAllowed
from portal.foundation.forms import query_text
from portal.foundation.text import _
from portal.mail import queries, service
from portal.mail.models import OPEN, OutboxMessage, State
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

PATH = "/staff/outbox"
SHOWN = {
    "": (),
    "failed": (State.FAILED,),
    "waiting": OPEN,
    "sent": (State.SENT,),
    "suppressed": (State.SUPPRESSED,),
}

outbox = Blueprint("outbox", __name__, url_prefix=PATH)


@outbox.get("")
@staff_required(Permission.OUTBOX_VIEW)
def show() -> ResponseReturnValue:
    """Every mail, newest first, and how many failed."""
    state = query_text(request.args, "state")
    state = state if state in SHOWN else ""
    page = queries.page(SHOWN[state], after=request.args.get("after", ""), before=request.args.get("before", ""))
    return render_template(
        "backoffice/outbox/list.html",
        page=page,
        state=state,
        failed=queries.count_failed(),
        in_words=in_words,
        opens_staff=_opens_staff,
        **listing.neighbours(PATH, {"state": state}, page),
    )


@outbox.post("/<int:message_id>/again")
@staff_required(Permission.OUTBOX_RESEND)
def send_again(message_id: int) -> ResponseReturnValue:
    """Post a mail once more.

    Raises:
        NotAllowed: it lets a member of staff choose a password.
    """
    message = queries.by_id(message_id)
    if message is None:
        abort(404)
    if _opens_staff(message):
        raise NotAllowed(_("This is a link for a member of staff. Who may give them one sends it from their page."))
    anew = service.send_again(message)
    subject = Subject("mail", anew, in_words(message.kind))
    record("mail.sent_again", subject, by=acting_member())
    flash(_("The mail to %(to)s is on its way again.", to=message.to), "ok")
    return redirect(PATH, 303)


def _opens_staff(message: OutboxMessage) -> bool:
    """Whether a mail brings a member of staff a new password: their page asks who may touch them."""
    return message.kind.startswith("staff.")
