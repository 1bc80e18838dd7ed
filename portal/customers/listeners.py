"""News of other features that concern customers."""

from portal.accounts.events import no_account_for
from portal.customers import mails, queries
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter


def connect() -> None:
    """Hear of them from now on."""
    no_account_for.connect(invite_instead)


def invite_instead(message: OutboxMessage, *, email_key: str) -> Letter | None:
    """Who asks to recover an account that was only offered gets the invitation once more."""
    customer = queries.by_email(email_key)
    if customer is None or customer.invited_at is None:
        return None
    return mails.invitation_letter(customer, message.id)
