"""News of other features that concern the newsletter."""

from portal.accounts.events import email_changed
from portal.accounts.models import Account
from portal.audit.service import Actor
from portal.customers.events import customer_erased, customers_merged
from portal.customers.models import Customer
from portal.foundation import emails
from portal.foundation.holdings import Person
from portal.mail.events import address_suppressed
from portal.newsletter.service import consent, forgetting, ledger


def connect() -> None:
    """Hear of them from now on."""
    email_changed.connect(follow_account)
    customer_erased.connect(forget)
    customers_merged.connect(keep_strictest)
    address_suppressed.connect(have_senders_look)


def follow_account(account: Account, *, old: str, by: Actor) -> None:
    """The newsletter of an account's old mailbox is offered to its new one."""
    del by
    if emails.key(old) != account.email_key:
        consent.follow_address(old, account.email)


def forget(customer: Customer, *, person: Person, by: Actor) -> None:
    """Nobody writes to who was erased, not after an import either; the ledger keeps no address of theirs."""
    del customer
    forgetting.forget(person.emails, by=by)


def keep_strictest(customer: Customer, *, gone: Customer, by: Actor, **_told: object) -> None:
    """Of one person's two addresses the one that stays gets what neither has left; the other one gets nothing more."""
    forgetting.keep_strictest(customer, gone.email, by=by)


def have_senders_look(email_key: str) -> None:
    """No mail of a campaign begins to an address once it is told that nothing is written to it."""
    ledger.touch(email_key)
