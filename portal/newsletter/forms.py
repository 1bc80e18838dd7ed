"""What the public form asks for: an address, and for which audiences."""

from flask import request

from portal.accounts.forms import EmailField
from portal.foundation.forms import PortalForm

HONEYPOT = "website"  # hidden from people, so only programs fill it


class SubscribeForm(PortalForm):
    """Asks for no name: a name could carry a stranger's words into a stranger's mailbox."""

    email = EmailField()

    @property
    def slugs(self) -> list[str]:
        """The short names of the audiences that the form names."""
        return request.form.getlist("audience")

    @property
    def is_by_a_program(self) -> bool:
        """Whether the field is filled that nobody sees."""
        return bool(request.form.get(HONEYPOT))


class OpenForm(SubscribeForm):
    """The same, on the page of a storefront: it has no session of ours, so no secret either."""

    class Meta(SubscribeForm.Meta):
        """Without the secret of forms: nothing but a mail that asks comes of it."""

        csrf = False
