"""A customer as a person: every id and address that rows may know them by."""

import sqlalchemy as sa

from portal.accounts.models import EmailChange, Registration
from portal.audit.sealing import Who
from portal.customers.models import Customer
from portal.customers.service.records import account_of
from portal.foundation import emails
from portal.foundation.database import db
from portal.foundation.holdings import Person
from portal.mail.models import OutboxMessage

SHORTEST = 4  # letters; a shorter word would be found in texts about others


def person_of(customer: Customer) -> Person:
    """Everything that rows may know a customer by, addresses of before included."""
    account = account_of(customer)
    keys = {customer.email_key, account.email_key if account else None}
    if account is not None:
        moved = sa.select(EmailChange.old_email, EmailChange.new_key).where(EmailChange.account_id == account.id)
        for old, new in db.session.execute(moved).tuples():
            keys |= {emails.key(old), new}
    accounts = (account.id,) if account else ()
    return Person((customer.id,), accounts, tuple(sorted(filter(None, keys))))


def words_for(customer: Customer) -> set[str]:
    """The words by which a text, such as a refused row of an import, may tell of a customer."""
    telephones = {word for telephone in customer.telephones for word in (telephone.typed, telephone.e164)}
    found = {customer.number, customer.email, customer.email_key, f"{customer.first_name} {customer.last_name}"}
    return {word for word in found | telephones if word and len(word) >= SHORTEST}


def older_subjects(person: Person) -> list[Who]:
    """Registrations and mails, which entries of before there were keys of persons may name with their address."""
    asked = sa.select(Registration.id).where(Registration.email_key.in_(person.emails))
    mailed = sa.select(OutboxMessage.id).where(OutboxMessage.to_key.in_(person.emails))
    found = [("registration", row_id) for row_id in db.session.scalars(asked)]
    return found + [("mail", row_id) for row_id in db.session.scalars(mailed)]
