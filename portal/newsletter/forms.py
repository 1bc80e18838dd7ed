"""What the public form asks for: an address and nothing else."""

from wtforms import Field
from wtforms.validators import ValidationError

from portal.foundation import emails
from portal.foundation.forms import PortalForm, Required, TextField
from portal.foundation.text import _, lazy


class SubscribeForm(PortalForm):
    """Asks for no name: a name could carry a stranger's words into a stranger's mailbox."""

    email = TextField(lazy("Email"), Required(lazy("Enter your email address")), most=320)

    def validate_email(self, field: Field) -> None:
        """Refuses what is no address; leaves it as it is written to."""
        found = emails.read(field.data)
        if found is None:
            raise ValidationError(_("Enter an email address in the correct format, like name@example.com"))
        field.data = found
