"""A customer as a person: every id and address that rows may know them by."""

from collections.abc import Collection, Iterator, Sequence

import sqlalchemy as sa

from portal.accounts.models import Account, EmailChange, Realm, Registration
from portal.audit.sealing import Who
from portal.customers.models import Customer, CustomerMerge
from portal.customers.service.records import account_of
from portal.foundation import emails
from portal.foundation.database import db
from portal.foundation.holdings import Person
from portal.mail.models import OutboxMessage

SHORTEST = 4  # letters; a shorter word would be found in texts about others


def person_of(customer: Customer) -> Person:
    """Everything that rows may know a customer by, addresses of before included.

    An address that was only asked for is nobody's before its mailbox is proven, and one that somebody else has by now
    is theirs: what hangs on either is not told to this customer, and not erased with them.
    """
    rows = records_of(customer)
    accounts = [account for account in map(account_of, rows) if account is not None]
    keys = {emails.key(row.email) for row in rows if row.email} | {account.email_key for account in accounts}
    ids = [account.id for account in accounts]
    for account_id, email in _before_merges(rows):
        keys |= {emails.key(email)} if email else set()
        ids += [account_id] if account_id is not None and account_id not in ids else []
    moved = sa.select(EmailChange.old_email, EmailChange.new_key, EmailChange.proven_at).where(
        EmailChange.account_id.in_(ids)
    )
    for old, new, proven_at in db.session.execute(moved).tuples():
        keys |= {emails.key(old), new} if proven_at is not None else {emails.key(old)}
    own = [row.id for row in rows]
    return Person(tuple(own), tuple(ids), tuple(sorted(keys - _held_by_others(keys, own, ids))))


def asked_for(person: Person) -> set[str]:
    """Addresses that somebody wished to have and never proved."""
    asked = sa.select(EmailChange.new_key).where(EmailChange.account_id.in_(person.accounts))
    return set(db.session.scalars(asked.where(EmailChange.proven_at.is_(None))))


def _held_by_others(keys: Collection[str], customers: Collection[int], accounts: Collection[int]) -> set[str]:
    kept_here = sa.select(Customer.email_key).where(Customer.email_key.in_(keys), Customer.id.not_in(customers))
    signs_in = sa.select(Account.email_key).where(
        Account.realm == Realm.CUSTOMER, Account.email_key.in_(keys), Account.id.not_in(accounts)
    )
    return {key for query in (kept_here, signs_in) for key in db.session.scalars(query) if key is not None}


def records_of(customer: Customer) -> list[Customer]:
    """A customer's record, and those that became part of it."""
    found, ids = [customer], [customer.id]
    while ids:
        part_of = sa.select(CustomerMerge.gone_id).where(CustomerMerge.kept_id.in_(ids))
        merged = sa.select(Customer).where(Customer.id.in_(part_of), Customer.merged_into_id.in_(ids))
        rows = list(db.session.scalars(merged))
        found += rows
        ids = [row.id for row in rows]
    return found


def _before_merges(rows: Sequence[Customer]) -> Iterator[tuple[int | None, str]]:
    """The account and the address that each record had before it was merged, unless the two were taken apart again."""
    merged = sa.select(CustomerMerge.before).where(CustomerMerge.kept_id.in_([row.id for row in rows]))
    merged = merged.where(CustomerMerge.undone_at.is_(None))
    for before in db.session.scalars(merged):
        for row in (before.get("kept", {}), before.get("gone", {})):
            yield row.get("account_id"), row.get("email", "")


def words_for(customer: Customer) -> set[str]:
    """The words by which a text, such as a refused row of an import, may tell of a customer."""
    found: set[str | None] = set()
    for row in records_of(customer):
        found |= {row.number, row.email, row.email_key, f"{row.first_name} {row.last_name}"}
        found |= {word for telephone in row.telephones for word in (telephone.typed, telephone.e164)}
    return {word for word in found if word and len(word) >= SHORTEST}


def names_of(customer: Customer) -> set[tuple[str, str]]:
    """First and last names under which a customer is, or was, on record."""
    return {(row.first_name, row.last_name) for row in records_of(customer) if row.first_name}


def older_subjects(person: Person) -> list[Who]:
    """Registrations and mails, which entries of before there were keys of persons may name with their address."""
    asked = sa.select(Registration.id).where(Registration.email_key.in_(person.emails))
    mailed = sa.select(OutboxMessage.id).where(OutboxMessage.to_key.in_(person.emails))
    found = [("registration", row_id) for row_id in db.session.scalars(asked)]
    return found + [("mail", row_id) for row_id in db.session.scalars(mailed)]
