"""Groups and who is in them."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.customers.models import Customer
from portal.customers.queries import IS_THERE, Condition, of_stores
from portal.foundation import lately, pagination
from portal.foundation.database import LARGEST_ID, db
from portal.foundation.pagination import COUNTED, Order, Page
from portal.groups.models import CustomerGroup, Membership

_GONE = sa.or_(Customer.erased_at.is_not(None), Customer.merged_into_id.is_not(None))
# Memberships that stayed with a record which became part of another; nobody sees them, and no group is in use by them.
IS_HIDDEN = Membership.customer_id.in_(sa.select(Customer.id).where(_GONE))
NEWEST = Order(Membership.customer_id, Membership.id, descending=True)
MEMBERS = 50  # of one page
REMEMBERED = 60  # seconds
_SHOP_ORDER = (CustomerGroup.sort_order, CustomerGroup.name_key, CustomerGroup.id)
# Made once, since every visitor who opens the form needs it: to build a statement takes longer than to run it.
_OFFERED = sa.select(CustomerGroup).where(CustomerGroup.at_registration).order_by(*_SHOP_ORDER)


def default_group() -> CustomerGroup:
    """The group that everybody is in."""
    return db.session.scalars(sa.select(CustomerGroup).where(CustomerGroup.is_default)).one()


def all_groups() -> Sequence[CustomerGroup]:
    """Every group in the shop's order."""
    return db.session.scalars(sa.select(CustomerGroup).order_by(*_SHOP_ORDER)).all()


def group(group_id: int) -> CustomerGroup | None:
    """A group by its number."""
    return db.session.get(CustomerGroup, group_id) if may_be_id(group_id) else None


def may_be_id(number: int) -> bool:
    """Whether a row can have this number."""
    return 0 < number <= LARGEST_ID


def offered_at_registration() -> list[CustomerGroup]:
    """The groups that the registration form offers, in the shop's order."""
    return list(db.session.scalars(_OFFERED))


def memberships(customer_id: int) -> list[Membership]:
    """The groups of a customer, the preferred first."""
    return list(
        db.session.scalars(
            sa.select(Membership)
            .where(Membership.customer_id == customer_id)
            .order_by(Membership.is_preferred.desc(), Membership.id)
        )
    )


def open_to(customer_id: int) -> list[CustomerGroup]:
    """The groups offered that a customer is not in: to join or to apply for."""
    mine = {membership.group_id for membership in memberships(customer_id)}
    return [offer for offer in offered_at_registration() if offer.id not in mine]


def preferred_group(customer_id: int) -> CustomerGroup | None:
    """The group whose terms a customer has now."""
    return db.session.scalar(
        sa.select(CustomerGroup)
        .join(Membership, Membership.group_id == CustomerGroup.id)
        .where(Membership.customer_id == customer_id, Membership.is_preferred)
    )


def names_of(customer_ids: Sequence[int]) -> dict[int, str]:
    """The name of the group whose terms each of these customers has, asked for at once."""
    query = (
        sa.select(Membership.customer_id, CustomerGroup.name)
        .join(CustomerGroup, CustomerGroup.id == Membership.group_id)
        .where(Membership.customer_id.in_(customer_ids), Membership.is_preferred)
    )
    return dict(db.session.execute(query).tuples().all())


def in_group(group_id: int) -> sa.ColumnElement[bool]:
    """Condition on customers: their terms are those of this group."""
    return Customer.group_id == group_id


def members_by_group(stores: frozenset[int] | None = None) -> dict[int, int]:
    """How many customers have each group's terms: those who buy in one of these stores, or all.

    Of more than anybody counts it may be a minute old: to count a million takes a tenth of a second.
    """
    return lately.known(
        ("members by group", stores),
        lambda: _members_by_group(stores),
        of=(),
        seconds=REMEMBERED,
        if_it=lambda counts: sum(counts.values()) > COUNTED,
    )


def _members_by_group(stores: frozenset[int] | None) -> dict[int, int]:
    query = sa.select(Membership.group_id, sa.func.count()).where(Membership.is_preferred)
    if stores is not None:
        query = query.where(Membership.customer_id.in_(sa.select(Customer.id).where(of_stores(stores))))
    all_of = dict(db.session.execute(query.group_by(Membership.group_id)).tuples().all())
    hidden = query.where(IS_HIDDEN).group_by(Membership.group_id)  # few, so that nobody else is looked at twice
    gone = dict(db.session.execute(hidden).tuples().all())
    return {group_id: number - gone.get(group_id, 0) for group_id, number in all_of.items()}


def members(group_id: int, *conditions: Condition, after: str = "", before: str = "") -> Page[Membership]:
    """A page of those who are in a group and fit all conditions on customers, the newest customers first."""
    rows = _members(group_id, conditions).options(joinedload(Membership.customer))
    return pagination.slice_of(rows, NEWEST, after=after, before=before, size=MEMBERS)


def count_of_members(group_id: int, *conditions: Condition) -> int:
    """How many of those there are, counted as far as pagination counts."""
    return pagination.count_of(_members(group_id, conditions))


def _members(group_id: int, conditions: Sequence[Condition]) -> sa.Select[tuple[Membership]]:
    theirs = sa.select(Membership).join(Customer, Customer.id == Membership.customer_id)
    return theirs.where(Membership.group_id == group_id, IS_THERE, *conditions)


def count_members(group_id: int) -> int:
    """How many customers are in a group, whichever terms they have."""
    query = sa.select(sa.func.count()).select_from(Membership).where(Membership.group_id == group_id)
    hidden = query.where(IS_HIDDEN)
    return (db.session.scalar(query) or 0) - (db.session.scalar(hidden) or 0)
