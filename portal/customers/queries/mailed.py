"""Which mails are a customer's: not those that the same mailbox gets at work, nor what it got before they were known.

Anybody may be on record with any address, typed by staff; only an account proves that the mailbox is theirs.
"""

from collections.abc import Collection

import sqlalchemy as sa

from portal.accounts.models import Account, Realm
from portal.customers.models import Customer
from portal.foundation import pagination
from portal.foundation.database import LARGEST_ID, db
from portal.foundation.holdings import Person
from portal.foundation.pagination import Page
from portal.mail.models import OutboxMessage
from portal.mail.queries import NEWEST_FIRST
from portal.mail.rules import TO_STAFF

MOST = 50  # on the page of a customer


def are_of(person: Person) -> sa.ColumnElement[bool]:
    """Condition on mails: they are a customer's to see, and for others to see of the customer."""
    proven = sa.select(Account.email_key).where(Account.id.in_(person.accounts))
    known_since = sa.select(sa.func.min(Customer.created_at)).where(Customer.id.in_(person.customers)).scalar_subquery()
    return sa.and_(
        OutboxMessage.to_key.in_(person.emails),
        sa.not_(_at_work()),
        sa.or_(OutboxMessage.to_key.in_(proven), OutboxMessage.created_at >= known_since),
    )


def of(person: Person) -> Collection[OutboxMessage]:
    """The latest of them, newest first."""
    return db.session.scalars(_all(person).order_by(OutboxMessage.id.desc()).limit(MOST)).all()


def page(person: Person, *, after: str = "", before: str = "") -> Page[OutboxMessage]:
    """A page of all of them, newest first."""
    return pagination.slice_of(_all(person), NEWEST_FIRST, after=after, before=before)


def one(person: Person, message_id: int) -> OutboxMessage | None:
    """One of them by its number."""
    if not 0 < message_id <= LARGEST_ID:
        return None
    return db.session.scalar(_all(person).where(OutboxMessage.id == message_id))


def _all(person: Person) -> sa.Select[tuple[OutboxMessage]]:
    return sa.select(OutboxMessage).where(are_of(person))


def _at_work() -> sa.ColumnElement[bool]:
    """Mails to staff, and what accounts of staff get: a new browser at the desk, an unlock link, a new second step."""
    staff = sa.select(Account.id).where(Account.realm == Realm.STAFF)
    account = sa.func.coalesce(OutboxMessage.context["account"].as_integer(), 0)
    realm = sa.func.coalesce(OutboxMessage.context["realm"].as_string(), "")
    return sa.or_(OutboxMessage.kind.in_(TO_STAFF), account.in_(staff), realm == Realm.STAFF.value)
