"""The form behind a staff invitation."""

from portal.accounts.forms import PasswordFields
from portal.accounts.rules.passwords import STAFF_MINIMUM


class InvitationForm(PasswordFields):
    """A password for staff: longer, because it is their only factor."""

    def password_minimum(self) -> int:
        """The shortest password that is taken."""
        return STAFF_MINIMUM
