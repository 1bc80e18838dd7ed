"""The form behind a staff invitation."""

from typing import Any

from portal.accounts import queries
from portal.accounts.forms import PasswordFields
from portal.accounts.rules.passwords import STAFF_MINIMUM
from portal.config import settings
from portal.staff.models import StaffMember


class InvitationForm(PasswordFields):
    """A password for staff: longer than a customer's while it is their only factor."""

    def __init__(self, member: StaffMember, **kwargs: Any) -> None:
        self._has_passkey = member.account_id is not None and queries.has_passkey(member.account_id)
        super().__init__(known=[member.email, member.name], **kwargs)

    def password_minimum(self) -> int:
        """The shortest password that is taken."""
        least = settings().password_min_length
        return least if self._has_passkey else max(least, STAFF_MINIMUM)
