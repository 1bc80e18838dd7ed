"""Customers by what they are known by, and, from `finding`, the list of them with its one box."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, lazyload

from portal.accounts.models import Account, ChangeState, EmailChange
from portal.customers.models import (
    Address,
    Channel,
    ChannelAction,
    ChannelConsent,
    Customer,
    CustomerPhoto,
    CustomerView,
    NumberAlias,
    customer_store,
)
from portal.customers.queries.finding import (
    IS_THERE,
    NEWEST_FIRST,
    SORTS,
    Found,
    everyone,
    find,
    matches,
    order_of,
)
from portal.customers.queries.shown import Row
from portal.customers.queries.wanted import TEXT, Condition
from portal.customers.rules import numbers
from portal.foundation import emails, lately, pagination
from portal.foundation.database import db
from portal.foundation.pagination import COUNTED

__all__ = [
    "IS_THERE",
    "NEWEST_FIRST",
    "SORTS",
    "TEXT",
    "Condition",
    "Found",
    "Row",
    "addresses",
    "among",
    "by_account",
    "by_email",
    "by_external_id",
    "by_number",
    "channel_history",
    "channel_states",
    "count",
    "count_moves_to_approve",
    "countries",
    "everyone",
    "find",
    "last_sign_ins",
    "looks_at",
    "matches",
    "moves_to_approve",
    "of_store",
    "of_stores",
    "order_of",
    "photo_of",
    "signed_in",
    "stores_of",
]

REMEMBERED = 60  # seconds, whether a store or a day has many: it decides nothing but the way to find them

# Made once, since every page of a customer needs it, and without the stores, which hardly any of those shows.
_BY_ACCOUNT = (
    sa.select(Customer).where(Customer.account_id == sa.bindparam("account")).options(lazyload(Customer.stores))
)


def by_account(account_id: int) -> Customer | None:
    """The customer of an account."""
    return db.session.scalar(_BY_ACCOUNT, {"account": account_id})


def by_number(number: str) -> Customer | None:
    """The customer with this number, however it was typed, or who had it before two records became one."""
    read = numbers.read(number)
    if numbers.TYPED.fullmatch(read) is None:
        return None
    own = sa.select(Customer.id).where(Customer.number == read)
    # Not either of two conditions: for that PostgreSQL reads every customer.
    known = own.union(sa.select(NumberAlias.customer_id).where(NumberAlias.number == read))
    found = db.session.scalars(sa.select(Customer).where(Customer.id.in_(known), IS_THERE))
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
    mine = sa.select(customer_store.c.customer_id).where(customer_store.c.store_id == store_id)
    return among(Customer.id, mine, ("store", store_id))


def of_stores(store_ids: frozenset[int] | None) -> Condition:
    """Condition on customers: they buy in one of these stores; None asks for nothing.

    What `staff.guards.stores_for` says goes in here, so that nobody sees whom their rights do not reach.
    """
    if store_ids is None:
        return sa.true()
    if not store_ids:
        return sa.false()
    inside = sa.select(customer_store.c.customer_id).where(customer_store.c.store_id.in_(sorted(store_ids)))
    return among(Customer.id, inside, ("stores", *sorted(store_ids)))


def among(column: Any, found: sa.Select[tuple[Any]], name: tuple[Any, ...]) -> Condition:
    """Condition that a column has one of the values that a query of one column finds.

    Few values are listed first. Of many, each customer's own is looked up as the list goes by: to list them all takes
    SQLite seconds. Which of the two, is remembered under a name that tells the query from others.
    """
    many = lately.known(("many", *name), lambda: pagination.count_of(found) > COUNTED, of=(), seconds=REMEMBERED)
    if not many:
        # By id, so that the opposite holds for those without a value, too, and is counted in an index alone.
        other = aliased(Customer)
        return Customer.id.in_(sa.select(other.id).where(getattr(other, column.key).in_(found)))
    return found.where(next(iter(found.selected_columns)) == column).correlate(Customer).exists()


def signed_in(*, since: datetime | None = None, before: datetime | None = None) -> Condition:
    """Condition on customers: they signed in last within these bounds."""
    at = Account.last_sign_in_at
    bounds = [at >= since] if since is not None else []
    bounds += [at < before] if before is not None else []
    mine = sa.select(Account.id).where(at.is_not(None), *bounds)
    return among(Customer.account_id, mine, ("signed in", since, before))


def countries() -> list[str]:
    """The countries that customers live in, one step over an index for each."""
    first = sa.select(sa.func.min(Customer.country).label("code")).where(Customer.country > "")
    used = first.cte("used", recursive=True)
    following = sa.select(sa.func.min(Customer.country)).where(Customer.country > used.c.code).scalar_subquery()
    used = used.union_all(sa.select(following).select_from(used).where(used.c.code.is_not(None)))
    return list(db.session.scalars(sa.select(used.c.code).where(used.c.code.is_not(None))))


def stores_of(customer_ids: Sequence[int]) -> dict[int, list[int]]:
    """The ids of the stores of each of these customers, asked for at once."""
    mine = sa.select(customer_store).where(customer_store.c.customer_id.in_(customer_ids))
    found: dict[int, list[int]] = {}
    for customer_id, store_id in db.session.execute(mine).tuples():
        found.setdefault(customer_id, []).append(store_id)
    return found


def last_sign_ins(account_ids: Sequence[int]) -> dict[int, datetime | None]:
    """When these accounts signed in last, asked for at once."""
    query = sa.select(Account.id, Account.last_sign_in_at).where(Account.id.in_(account_ids))
    return dict(db.session.execute(query).tuples().all())


def count(*conditions: Condition) -> int:
    """How many customers fit all conditions, counted as far as pagination counts."""
    return pagination.count_of(sa.select(Customer).where(IS_THERE, *conditions))


def moves_to_approve(*conditions: Condition, most: int = 200) -> list[tuple[EmailChange, Customer]]:
    """Changes of address that staff asked for and a second member has not seen, oldest first, with whose they are."""
    found = db.session.execute(_unseen(EmailChange, Customer).where(*conditions).order_by(EmailChange.id).limit(most))
    return [(change, customer) for change, customer in found]


def count_moves_to_approve(*conditions: Condition) -> int:
    """How many changes of address wait for a second member."""
    return db.session.scalar(_unseen(sa.func.count(EmailChange.id)).where(*conditions)) or 0


def _unseen(*columns: Any) -> sa.Select[Any]:
    # Reckoned with, an account's id leads to no changes: SQLite would go through all customers for the few there are.
    owner = EmailChange.account_id + 0
    return (
        sa.select(*columns)
        .join_from(EmailChange, Customer, Customer.account_id == owner)
        .where(
            EmailChange.state == ChangeState.ASKED,
            EmailChange.asked_by.is_not(None),
            EmailChange.approved_at.is_(None),
        )
    )


def photo_of(customer_id: int) -> CustomerPhoto | None:
    """The photo of a customer."""
    return db.session.scalar(sa.select(CustomerPhoto).where(CustomerPhoto.customer_id == customer_id))


def channel_history(customer_id: int, most: int = 200, *, also: Collection[int] = ()) -> list[ChannelConsent]:
    """Every step of consent to a channel, newest first; `also` of the records that became part of this one.

    A step stays with the record it was taken on, because the chain of the ledger seals it there.
    """
    mine = sa.select(ChannelConsent).where(ChannelConsent.customer_id.in_({customer_id, *also}))
    return list(db.session.scalars(mine.order_by(ChannelConsent.id.desc()).limit(most)))


def channel_states(customer_id: int) -> dict[Channel, bool]:
    """Whether somebody may be reached, by channel, as the newest line says; channels never asked about are missing."""
    newest = sa.select(sa.func.max(ChannelConsent.id)).where(ChannelConsent.customer_id == customer_id)
    lines = sa.select(ChannelConsent.channel, ChannelConsent.action).where(
        ChannelConsent.id.in_(newest.group_by(ChannelConsent.channel))
    )
    return {channel: action is ChannelAction.GRANT for channel, action in db.session.execute(lines).tuples()}


def looks_at(customer_id: int, most: int = 50, *, also: Collection[int] = ()) -> list[CustomerView]:
    """Who of the staff looked at a customer, newest first; `also` at the records that became part of this one."""
    mine = sa.select(CustomerView).where(CustomerView.customer_id.in_({customer_id, *also}))
    return list(db.session.scalars(mine.order_by(CustomerView.id.desc()).limit(most)))
