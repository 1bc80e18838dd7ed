"""Erasure: nothing that says who somebody was is left, what the law keeps stays without it, the audit chain holds."""

import logging
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from portal.accounts.service import registration
from portal.audit import emptying, sealing
from portal.audit.service import Actor, Subject, record
from portal.customers.events import customer_erased
from portal.customers.models import Customer
from portal.customers.queries.wanted import TEXT
from portal.customers.service import persons
from portal.foundation import database, files, holdings
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict
from portal.foundation.holdings import Person
from portal.foundation.text import _
from portal.jobs import service as jobs
from portal.mail.service import retention, suppressing

LATELY = timedelta(minutes=70)  # the worker looks every hour
STEPS = 8
log = logging.getLogger(__name__)

KIND_OF_JOBS = "customers."
KIND = "erased_customer"  # of the subject of the entry that tells of it: no person's key seals that one


def erase(customer: Customer, *, by: Actor, reason: str) -> None:
    """Erase everything that is held about a customer, in every feature; there is no way back.

    The rows of customer and account stay, emptied, for what refers to them. The key of the person in the audit log is
    destroyed, and entries of before there were such keys lose their words.

    Args:
        customer: who it was.
        by: who does it.
        reason: why, kept for good: it may not say who.

    Raises:
        Conflict: they are erased already.
    """
    db.session.refresh(customer, with_for_update=True)
    if customer.erased_at is not None:
        raise Conflict(_("The data of this customer is erased already."))
    person, words = persons.person_of(customer), persons.words_for(customer)
    older = persons.older_subjects(person)
    customer_erased.send(customer, person=person, by=by)
    db.session.flush()
    _forget_mails_and_files(person)
    jobs.forget(person.accounts, words, of_kind=KIND_OF_JOBS, things=person.customers)
    holdings.erase(person)
    db.session.expire_all()
    rows = [("customer", one) for one in person.customers] + [("account", one) for one in person.accounts]
    sealing.destroy(rows)
    emptied = emptying.told(emptying.empty([*rows, *older]))
    changes = {emptying.FIELD: (None, emptied)} if emptied else {}
    record(emptying.ERASED, Subject(KIND, customer.id, ""), by=by, changes=changes, reason=reason)
    database.after_commit(_clear)


def clear_search() -> None:
    """Have the words of whoever was erased within the hour leave the index of the search, however large that is."""
    lately = sa.select(sa.exists().where(Customer.erased_at > now() - LATELY))
    with database.reading():
        is_due = bool(db.session.scalar(lately))
    while is_due and not TEXT.forget_deleted(STEPS):
        pass


def _clear() -> None:
    """What a small shop has time for at once; where there is more to do, the worker goes on within the hour."""
    try:
        TEXT.forget_deleted(STEPS)
    except OperationalError:
        log.info("The index of the search is busy; the worker clears it.")
    database.forget_deleted()


def _forget_mails_and_files(person: Person) -> None:
    """Forget files about a person, mails that were kept as files, and files with rows of many.

    That their addresses are not written to stays, without saying which they are.
    """
    suppressing.keep_hashed(person.emails)
    asked_for = persons.asked_for(person)
    registration.forget_files(person.emails)
    retention.forget_proofs(asked_for)
    retention.forget_files_to({*person.emails, *asked_for})
    for customer_id in person.customers:
        files.remove_about(customer_id)
    files.remove_of_many()
