"""News of other features that concern the newsletter."""

from portal.accounts.events import email_changed
from portal.accounts.models import Account
from portal.audit.service import Actor
from portal.foundation import emails
from portal.newsletter.service import consent


def connect() -> None:
    """Hear of them from now on."""
    email_changed.connect(follow_account)


def follow_account(account: Account, *, old: str, by: Actor) -> None:
    """The newsletter of an account's old mailbox is offered to its new one."""
    del by
    if emails.key(old) != account.email_key:
        consent.follow_address(old, account.email)
