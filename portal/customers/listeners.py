"""News of other features that concern customers."""

from portal.accounts.events import email_changed, no_account_for
from portal.accounts.models import Account
from portal.audit.service import Actor
from portal.customers import mails, queries
from portal.customers.service import mailbox
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter


def connect() -> None:
    """Hear of them from now on."""
    no_account_for.connect(invite_instead)
    email_changed.connect(follow_account)


def invite_instead(message: OutboxMessage, *, email_key: str) -> Letter | None:
    """Who asks to recover an account that was only offered gets the invitation once more."""
    customer = queries.by_email(email_key)
    if customer is None or customer.invited_at is None:
        return None
    return mails.invitation_letter(customer, message.id)


def follow_account(account: Account, *, old: str, by: Actor) -> None:
    """A customer is reached at the address that they sign in with."""
    del old
    mailbox.follow(account, by=by)
