"""What every change to a customer keeps in step: copies for finding, status, version, facts for audit."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account
from portal.audit.service import Changes, Subject
from portal.config import settings
from portal.customers import queries
from portal.customers.errors import EditedMeanwhile, EmailInUse, ExternalIdInUse, NumberInUse
from portal.customers.models import Customer, DuplicateDue, Telephone
from portal.customers.rules import names, telephones
from portal.customers.rules.status import status_of
from portal.foundation.database import db, insert_of
from portal.foundation.text import _

Facts = dict[str, str]


def subject(customer: Customer) -> Subject:
    """The customer as the subject of an audit entry."""
    return Subject("customer", customer.id, customer.name)


def account_of(customer: Customer) -> Account | None:
    """The account behind a customer."""
    return None if customer.account_id is None else db.session.get(Account, customer.account_id)


def refresh_status(customer: Customer) -> None:
    """Write the one word that follows from disabling, invitation and the account's hold."""
    customer.status = status_of(customer, account_of(customer))


def refresh_copies(customer: Customer) -> None:
    """Write the folded copies that the list finds and sorts by."""
    numbers = [telephone.e164 for telephone in customer.telephones]
    customer.search_text = names.search_text(
        customer.first_name, customer.last_name, customer.number, customer.email, numbers
    )
    customer.sort_name = names.sort_name(customer.first_name, customer.last_name)
    customer.telephone_count = len(customer.telephones)
    compare_anew(customer)


def compare_anew(customer: Customer) -> None:
    """Have the worker look whether a changed customer is a duplicate of somebody; at new ones it looks, anyway."""
    if customer.id is not None:
        due = insert_of(DuplicateDue).values(customer_id=customer.id)
        db.session.execute(due.on_conflict_do_nothing(index_elements=["customer_id"]))


def set_telephone(customer: Customer, typed: str) -> None:
    """Make this the primary telephone; an empty text takes the primary one away, another moves up."""
    old = customer.telephone
    e164 = telephones.to_e164(typed, settings().shop_country) or ""
    if not typed:
        customer.telephones = [telephone for telephone in customer.telephones if telephone is not old]
        if customer.telephones:
            customer.telephones[0].is_primary = True
        return
    if old is None:
        customer.telephones.append(Telephone(typed=typed, e164=e164))
    elif old.e164 != e164 or not e164:
        old.typed, old.e164, old.verified_at = typed, e164, None


def facts(customer: Customer) -> Facts:
    """What people edit, in words that fit an audit entry and a comparison of two versions."""
    return {
        "customer_number": customer.number,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "email": customer.email,
        "telephone": customer.telephone.typed if customer.telephone else "",
        "stores": ", ".join(store.name for store in customer.stores),
        "status": customer.status,
    }


def changes(before: Mapping[str, str], customer: Customer) -> Changes:
    """Before and after of every fact that is different now."""
    return different(before, facts(customer))


def different(before: Mapping[str, str], after: Mapping[str, str]) -> Changes:
    """Before and after of every fact of `after` that was another before."""
    return {name: (before.get(name, ""), after[name]) for name in after if before.get(name, "") != after[name]}


def claim(customer: Customer, version: int, mine: Mapping[str, str]) -> None:
    """Take the next version for an edit that began on `version`; of two editors one gets it.

    Raises:
        EditedMeanwhile: somebody else did; carries `mine` and what is on record.
    """
    taken = (
        sa.update(Customer)
        .where(Customer.id == customer.id, Customer.version == version)
        .values(version=Customer.version + 1)
        .execution_options(synchronize_session=False)
    )
    won = db.session.execute(taken).rowcount == 1  # type: ignore[attr-defined]  # an update's result is a CursorResult
    db.session.refresh(customer)
    if not won:
        words = _("Somebody else saved this customer while you were editing. Compare both versions and choose one.")
        raise EditedMeanwhile(words, mine=mine, theirs=facts(customer), version=customer.version)


def bump(customer: Customer) -> None:
    """Take the next version for a change that no form was open for; open forms are then told."""
    raised = sa.update(Customer).where(Customer.id == customer.id).values(version=Customer.version + 1)
    db.session.execute(raised.execution_options(synchronize_session=False))
    db.session.refresh(customer, ["version"])


@contextmanager
def all_or_nothing(customer_id: int | None, number: str, email: str, external_id: str = "") -> Iterator[None]:
    """Changes that are undone together when they are refused; what must be unique is told apart.

    Raises:
        NumberInUse: another customer has the number.
        ExternalIdInUse: another customer has the number of another system.
        EmailInUse: another customer, or the account of somebody else, has the address.
    """
    try:
        with db.session.begin_nested():
            yield
            db.session.flush()
    except IntegrityError:
        holder = queries.by_number(number)
        if holder is not None and holder.id != customer_id:
            raise NumberInUse(_("This number belongs to %(name)s. Use another one.", name=holder.name)) from None
        known = queries.by_external_id(external_id) if external_id else None
        if known is not None and known.id != customer_id:
            raise ExternalIdInUse(_("This number belongs to %(name)s. Use another one.", name=known.name)) from None
        other = queries.by_email(email) if email else None
        words = _("Somebody else has this address.")
        if other is not None:
            words = _("This address belongs to %(name)s, number %(number)s.", name=other.name, number=other.number)
        raise EmailInUse(words) from None
