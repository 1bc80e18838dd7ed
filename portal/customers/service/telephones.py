"""The telephones of a customer: several, of which one is the first to call."""

from collections.abc import Iterator
from contextlib import contextmanager

from portal.audit.service import Actor, record
from portal.config import settings
from portal.customers.errors import NotReachable
from portal.customers.models import Customer, Telephone, TelephoneKind
from portal.customers.rules import telephones as rules
from portal.customers.service.records import bump, different, refresh_copies, subject
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.errors import Conflict, NotFound
from portal.foundation.text import _

MOST = 10  # telephones of one customer


def add_telephone(customer: Customer, typed: str, kind: TelephoneKind, *, by: Actor) -> Telephone:
    """One more telephone; the first one is the primary one.

    Raises:
        Conflict: the customer has this number already, or too many.
    """
    with _changing(customer, by):
        e164 = rules.to_e164(typed, settings().shop_country) or ""
        if len(customer.telephones) >= MOST:
            raise Conflict(_("There is room for %(n)s telephones. Remove one first.", n=MOST))
        if any((one.e164 or one.typed) == (e164 or typed) for one in customer.telephones):
            raise Conflict(_("This telephone is there already"))
        row = Telephone(typed=typed, e164=e164, kind=kind, is_primary=not customer.telephones)
        customer.telephones.append(row)
    return row


def make_primary(customer: Customer, telephone_id: int, *, by: Actor) -> None:
    """Call this one first.

    Raises:
        NotFound: the customer has no such telephone.
    """
    with _changing(customer, by):
        chosen = _find(customer, telephone_id)
        for one in customer.telephones:
            one.is_primary = one is chosen


def remove_telephone(customer: Customer, telephone_id: int, *, by: Actor) -> None:
    """Take a telephone away; another one moves up for the primary one.

    Raises:
        NotFound: the customer has no such telephone.
        NotReachable: it is the only way to reach them.
    """
    with _changing(customer, by):
        gone = _find(customer, telephone_id)
        if not customer.email and len(customer.telephones) == 1:
            raise NotReachable(_("This is the only way to reach %(name)s. Add another one first.", name=customer.name))
        customer.telephones.remove(gone)
        if gone.is_primary and customer.telephones:
            customer.telephones[0].is_primary = True


def verify_telephone(customer: Customer, telephone_id: int, *, where: str, by: Actor) -> None:
    """Note that somebody made sure whose telephone it is, and where.

    Raises:
        NotFound: the customer has no such telephone.
    """
    row = _find(customer, telephone_id)
    row.verified_at, row.verified_by, row.verified_where = now(), by.name[:120], where[:120]
    db.session.flush()
    told = {"telephone": ("", row.typed), "verified": ("", where)}
    record("customer.telephone_verified", subject(customer), by=by, changes=told)


@contextmanager
def _changing(customer: Customer, by: Actor) -> Iterator[None]:
    """Of two who change telephones at once the second waits; a refusal leaves everything as it was."""
    with db.session.begin_nested():
        bump(customer)
        db.session.refresh(customer, ["telephones"])
        before = _facts(customer)
        yield
        refresh_copies(customer)
        db.session.flush()
        if told := different(before, _facts(customer)):
            record("customer.telephones_changed", subject(customer), by=by, changes=told)


def _find(customer: Customer, telephone_id: int) -> Telephone:
    row = next((one for one in customer.telephones if one.id == telephone_id), None)
    if row is None:
        raise NotFound(_("This telephone no longer exists."))
    return row


def _facts(customer: Customer) -> dict[str, str]:
    others = [one.typed for one in customer.telephones if not one.is_primary]
    return {"telephone": customer.telephone.typed if customer.telephone else "", "telephones": ", ".join(others)}
