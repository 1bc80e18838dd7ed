"""The verbs of staff: begin and end to work here, get other roles; roles have theirs in `roles`."""

from portal.staff.mails import INVITATION
from portal.staff.service.giving import in_words
from portal.staff.service.members import (
    accept_invitation,
    bring_back,
    change_role,
    change_roles,
    dismiss,
    invite,
    invite_by_mail,
    invited,
    send_link,
)
from portal.staff.service.roles import ensure_roles

__all__ = [
    "INVITATION",
    "accept_invitation",
    "bring_back",
    "change_role",
    "change_roles",
    "dismiss",
    "ensure_roles",
    "in_words",
    "invite",
    "invite_by_mail",
    "invited",
    "send_link",
]
