"""What the public form asks for: an address and nothing else."""

from portal.accounts.forms import EmailField
from portal.foundation.forms import PortalForm


class SubscribeForm(PortalForm):
    """Asks for no name: a name could carry a stranger's words into a stranger's mailbox."""

    email = EmailField()
