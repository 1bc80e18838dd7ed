"""The mail with which somebody begins to work here, or gets a new password."""

from datetime import timedelta

from portal.foundation.database import db
from portal.foundation.tokens import Purpose, issue
from portal.mail import service
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter
from portal.staff.models import StaffMember

INVITATION = Purpose("staff-invitation", timedelta(hours=72))  # its subject is a staff member


def invitation(member: StaffMember) -> None:
    """Send a link with which somebody chooses a password."""
    service.post("staff.invitation", member.email, member=member.id)


def path(member: StaffMember, outbox_id: int | None = None) -> str:
    """The page of a new link, which ends the older ones."""
    return f"/staff/invitation/{issue(INVITATION, member.id, outbox_id=outbox_id)}"


@service.renders("staff.invitation")
def render_invitation(message: OutboxMessage) -> Letter | None:
    """The invitation as things stand now; nothing to somebody who left meanwhile."""
    member = db.session.get(StaffMember, message.context["member"])
    if member is None or member.dismissed_at is not None or member.email_key != message.to_key:
        return None
    context = {
        "name": member.name,
        "is_new": member.account_id is None,
        "link": service.link(path(member, message.id)),
    }
    return Letter("staff/invitation", context, to=member.email)
