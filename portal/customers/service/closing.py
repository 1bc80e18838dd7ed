"""Closing: a customer asks for the end of their account, may change their mind for some days, and is then erased."""

import logging
from datetime import timedelta

import sqlalchemy as sa

from portal.accounts.models import Account, SignInSession
from portal.accounts.service import devices, passwords, sessions
from portal.audit.service import SYSTEM, Actor, record
from portal.config import settings
from portal.customers import mails, queries
from portal.customers.models import Customer
from portal.customers.service import erasure
from portal.customers.service.records import account_of, bump, changes, facts, refresh_status, subject
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict
from portal.foundation.text import _

AT_ONCE = 20  # accounts that one sweep erases
log = logging.getLogger(__name__)


def ask(account: Account, password: str, *, kept: SignInSession) -> str:
    """Have an account end when the days to change one's mind are over; every other session ends now.

    This one goes on under a new handle, which comes back; it opens nothing but the way back and the customer's data.

    Raises:
        WrongPassword: it is another.
        TooMany: asked too often.
        Busy: too many hashes wait already.
        Conflict: it is closing already.
    """
    known = passwords.check_current(account, password)
    passwords.confirm_unchanged(account, known)
    if account.closing_at is not None:
        raise Conflict(_("Your account is closing already."))
    customer = _customer_of(account)
    bump(customer)
    before = facts(customer)
    account.closing_at = now() + timedelta(days=settings().closing_days)
    refresh_status(customer)
    devices.sign_out_others(account, kept)
    mails.closing(customer)
    record("customer.closing", subject(customer), by=passwords.actor_of(account), changes=changes(before, customer))
    return sessions.renew(kept)


def keep(customer: Customer, *, by: Actor) -> None:
    """Keep an account that was about to end; of somebody whose account goes on anyway nothing changes."""
    account = account_of(customer)
    if account is None or account.closing_at is None:
        return
    db.session.refresh(account, with_for_update=True)
    bump(customer)
    before = facts(customer)
    account.closing_at = None
    refresh_status(customer)
    mails.kept(customer)
    record("customer.kept", subject(customer), by=by, changes=changes(before, customer))


def tell_data_are_ready(customer: Customer) -> None:
    """Mail where a customer's data can be downloaded."""
    mails.my_data(customer)


def erase_due() -> int:
    """Erase those whose days are over, each in a transaction of its own; returns how many."""
    with database.reading():
        due = sa.select(Account.id).where(Account.closing_at <= now()).order_by(Account.closing_at).limit(AT_ONCE)
        waiting = list(db.session.scalars(due))
    erased = 0
    for account_id in waiting:
        try:
            with database.transaction():
                _erase(account_id)
            erased += 1
        except Exception:  # whatever one account has, those after it were promised the same day
            log.exception("Account %s could not be erased; the next sweep tries again.", account_id)
    return erased


def _erase(account_id: int) -> None:
    account = db.session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None or account.closing_at is None or account.closing_at > now():
        return  # kept at this very moment, or erased by another worker
    erasure.erase(_customer_of(account), by=SYSTEM, reason=_("Closed by the customer"))


def _customer_of(account: Account) -> Customer:
    customer = queries.by_account(account.id)
    if customer is None:
        raise LookupError(f"Account {account.id} has no customer.")
    return customer
