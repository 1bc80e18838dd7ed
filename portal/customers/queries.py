"""Finding customers: by what they are known by, and by one box that takes anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import lazyload

from portal.accounts.models import ChangeState, EmailChange
from portal.config import settings
from portal.customers.models import (
    Address,
    Channel,
    ChannelAction,
    ChannelConsent,
    Customer,
    CustomerPhoto,
    CustomerView,
    NumberAlias,
    Telephone,
    customer_store,
)
from portal.customers.rules import numbers, telephones
from portal.foundation import emails, pagination, search
from portal.foundation.database import db
from portal.foundation.pagination import Order, Page

Condition = sa.ColumnElement[bool]

# Rows of the erased and the merged stay for what refers to them; no list, search or export shows them.
IS_THERE = sa.and_(Customer.erased_at.is_(None), Customer.merged_into_id.is_(None))

# The orders of the list; each has its index.
SORTS = {"created": Customer.created_at, "name": Customer.sort_name, "number": Customer.number}
NEWEST_FIRST = "-created"


@dataclass(frozen=True)
class Found:
    """One page of a search: exact hits, which stand first on the first page, and the rest in order."""

    exact: Sequence[Customer]
    page: Page[Customer]
    count: int  # counted to pagination.COUNTED + 1

    @property
    def rows(self) -> list[Customer]:
        return [*self.exact, *self.page.rows]


def by_account(account_id: int) -> Customer | None:
    """The customer of an account."""
    return db.session.scalar(sa.select(Customer).where(Customer.account_id == account_id))


def by_number(number: str) -> Customer | None:
    """The customer with this number, however it was typed, or who had it before two records became one."""
    read = numbers.read(number)
    if numbers.TYPED.fullmatch(read) is None:
        return None
    alias = sa.select(NumberAlias.customer_id).where(NumberAlias.number == read)
    found = db.session.scalars(
        sa.select(Customer).where(sa.or_(Customer.number == read, Customer.id.in_(alias)), IS_THERE)
    )
    return min(found, key=lambda customer: customer.number != read, default=None)


def by_email(email: str) -> Customer | None:
    """The customer with this address, in any spelling of it."""
    return db.session.scalar(sa.select(Customer).where(Customer.email_key == emails.key(email)))


def by_external_id(external_id: str) -> Customer | None:
    """The customer with this number of another system."""
    return db.session.scalar(sa.select(Customer).where(Customer.external_id == external_id))


def addresses(customer_id: int) -> list[Address]:
    """The address book, where deliveries go first."""
    return list(
        db.session.scalars(
            sa.select(Address)
            .where(Address.customer_id == customer_id)
            .order_by(Address.is_delivery.desc(), Address.is_billing.desc(), Address.id)
        )
    )


def of_store(store_id: int) -> Condition:
    """Condition on customers: they buy in this store."""
    return Customer.id.in_(sa.select(customer_store.c.customer_id).where(customer_store.c.store_id == store_id))


def of_stores(store_ids: frozenset[int] | None) -> Condition:
    """Condition on customers: they buy in one of these stores; None asks for nothing.

    What `staff.guards.stores_for` says goes in here, so that nobody sees whom their rights do not reach.
    """
    if store_ids is None:
        return sa.true()
    if not store_ids:
        return sa.false()
    inside = sa.select(customer_store.c.customer_id).where(customer_store.c.store_id.in_(sorted(store_ids)))
    return Customer.id.in_(inside)


def count(*conditions: Condition) -> int:
    """How many customers fit all conditions, counted as far as pagination counts."""
    return pagination.count_of(sa.select(Customer).where(IS_THERE, *conditions))


def order_of(sort: str) -> Order | None:
    """The order of a word in the address: a key of SORTS, turned round by a dash before it; None for any other."""
    key = SORTS.get(sort.removeprefix("-"))
    return None if key is None else Order(key, Customer.id, descending=sort.startswith("-"))


def find(
    term: str,
    *conditions: Condition,
    sort: str = NEWEST_FIRST,
    after: str = "",
    before: str = "",
    size: int = 50,
) -> Found:
    """One page of a search: who has exactly this number, address or telephone first, then whose words match.

    Conditions are on `Customer`, so that features above can bring theirs; an empty term finds everybody.
    """
    order = order_of(sort) or Order(Customer.created_at, Customer.id, descending=True)
    everybody = sa.select(Customer).options(lazyload(Customer.stores)).where(IS_THERE, *conditions)
    exact: Sequence[Customer] = []
    rest = everybody
    if term:
        exact = db.session.scalars(everybody.where(Customer.id.in_(_exact(term))).order_by(Customer.id)).all()
        rest = everybody.where(_loose(term), Customer.id.not_in([customer.id for customer in exact]))
    page = pagination.slice_of(rest, order, after=after, before=before, size=size)
    count = len(exact) + pagination.count_of(rest)
    return Found(exact if not page.before else [], page, count)


def matches(term: str) -> Condition:
    """Condition on customers: a search for this term finds them."""
    return sa.or_(Customer.id.in_(_exact(term)), _loose(term))


def _exact(term: str) -> sa.Select[tuple[int]]:
    """The ids that a whole number, address or telephone belongs to; each part is answered by an index."""
    parts = [
        sa.select(Customer.id).where(Customer.number == numbers.read(term)),
        sa.select(NumberAlias.customer_id).where(NumberAlias.number == numbers.read(term)),
        sa.select(Customer.id).where(Customer.email_key == emails.key(term)),
    ]
    e164 = telephones.to_e164(term, settings().shop_country) if telephones.digits_of(term) else None
    if e164:
        parts.append(sa.select(Telephone.customer_id).where(Telephone.e164 == e164))
    return sa.select(sa.union(*parts).subquery().c[0])


def _loose(term: str) -> Condition:
    """Whose words, or whose digits where only digits were typed, the term is part of."""
    parts = telephones.fragments(term)
    if parts:
        return sa.or_(*(Customer.search_text.contains(part, autoescape=True) for part in parts))
    return sa.and_(sa.true(), *search.contains(Customer.search_text, term))


def moves_to_approve(*conditions: Condition, most: int = 200) -> list[tuple[EmailChange, Customer]]:
    """Changes of address that staff asked for and a second member has not seen, oldest first, with whose they are."""
    found = db.session.execute(_unseen(EmailChange, Customer).where(*conditions).order_by(EmailChange.id).limit(most))
    return [(change, customer) for change, customer in found]


def count_moves_to_approve(*conditions: Condition) -> int:
    """How many changes of address wait for a second member."""
    return db.session.scalar(_unseen(sa.func.count(EmailChange.id)).where(*conditions)) or 0


def _unseen(*columns: Any) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .join_from(EmailChange, Customer, Customer.account_id == EmailChange.account_id)
        .where(
            EmailChange.state == ChangeState.ASKED,
            EmailChange.asked_by.is_not(None),
            EmailChange.approved_at.is_(None),
        )
    )


def photo_of(customer_id: int) -> CustomerPhoto | None:
    """The photo of a customer."""
    return db.session.scalar(sa.select(CustomerPhoto).where(CustomerPhoto.customer_id == customer_id))


def channel_history(customer_id: int, most: int = 200) -> list[ChannelConsent]:
    """Every step of consent to a channel, newest first."""
    mine = sa.select(ChannelConsent).where(ChannelConsent.customer_id == customer_id)
    return list(db.session.scalars(mine.order_by(ChannelConsent.id.desc()).limit(most)))


def channel_states(customer_id: int) -> dict[Channel, bool]:
    """Whether somebody may be reached, by channel, as the newest line says; channels never asked about are missing."""
    newest = sa.select(sa.func.max(ChannelConsent.id)).where(ChannelConsent.customer_id == customer_id)
    lines = sa.select(ChannelConsent.channel, ChannelConsent.action).where(
        ChannelConsent.id.in_(newest.group_by(ChannelConsent.channel))
    )
    return {channel: action is ChannelAction.GRANT for channel, action in db.session.execute(lines).tuples()}


def looks_at(customer_id: int, most: int = 50) -> list[CustomerView]:
    """Who of the staff looked at a customer, newest first."""
    mine = sa.select(CustomerView).where(CustomerView.customer_id == customer_id)
    return list(db.session.scalars(mine.order_by(CustomerView.id.desc()).limit(most)))
