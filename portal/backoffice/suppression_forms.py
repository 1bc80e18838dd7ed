"""What staff type about addresses that are not written to."""

from collections.abc import Sequence

from wtforms import Field
from wtforms.validators import StopValidation

from portal.customers.fields import ChoiceField, LongTextField, Option
from portal.foundation import emails
from portal.foundation.forms import PortalForm, Required, TextField
from portal.foundation.text import _, lazy
from portal.mail.models import SuppressionScope

MOST = 1000  # addresses of one form
SCOPES: Sequence[Option] = (
    (SuppressionScope.MARKETING, lazy("Newsletters only")),
    (SuppressionScope.ALL, lazy("Every mail but those that keep an account safe")),
)


class Addresses:
    """Refuses what is no list of addresses; the first one that is none is named."""

    def __call__(self, form: object, field: Field) -> None:
        del form
        lines = split(field.data or "")
        if not lines:
            raise StopValidation(_("Enter an address, or several, one on each line"))
        if len(lines) > MOST:
            raise StopValidation(_("Enter at most %(most)s addresses at once", most=f"{MOST:,}"))
        for line in lines:
            if emails.read(line) is None:
                raise StopValidation(_("“%(line)s” is no email address", line=line[:80]))


class SuppressForm(PortalForm):
    """Addresses, which mails, and why."""

    addresses = LongTextField(lazy("Addresses"), Addresses(), most=340 * MOST)
    scope = ChoiceField(lazy("What is not sent"), lazy("Choose what is not sent"), SCOPES)
    reason = TextField(lazy("Reason"), Required(lazy("Say why")), most=255)

    @property
    def emails(self) -> list[str]:
        """The addresses, each once."""
        return list(dict.fromkeys(found for line in split(self.text("addresses")) if (found := emails.read(line))))


def split(text: str) -> list[str]:
    """The addresses of a text: one on each line, or with commas between them."""
    return [part.strip() for part in text.replace(",", "\n").replace(";", "\n").splitlines() if part.strip()]
