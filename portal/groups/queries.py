"""Groups and who is in them; applications waiting, decided and counted: one predicate for list and count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.customers.models import Customer, Telephone
from portal.customers.queries import Condition, of_stores
from portal.foundation import pagination, search
from portal.foundation.database import LARGEST_ID, db
from portal.foundation.pagination import Order, Page
from portal.groups.models import OPEN_STATES, Application, CustomerGroup, Membership

OLDEST_FIRST = Order(Application.submitted_at, Application.id)
IN_QUEUE = 20  # rows of the queue beside the detail

_SHOP_ORDER = (CustomerGroup.sort_order, CustomerGroup.name_key, CustomerGroup.id)
# Made once, since every visitor who opens the form needs it: to build a statement takes longer than to run it.
_OFFERED = sa.select(CustomerGroup).where(CustomerGroup.at_registration).order_by(*_SHOP_ORDER)
_IS_OPEN = Application.state.in_(OPEN_STATES)


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for in the queue: words of name or address, a group, and in which stores (None: in all)."""

    text: str = ""
    group_id: int | None = None
    stores: frozenset[int] | None = None


def default_group() -> CustomerGroup:
    """The group that everybody is in."""
    return db.session.scalars(sa.select(CustomerGroup).where(CustomerGroup.is_default)).one()


def all_groups() -> Sequence[CustomerGroup]:
    """Every group in the shop's order."""
    return db.session.scalars(sa.select(CustomerGroup).order_by(*_SHOP_ORDER)).all()


def group(group_id: int) -> CustomerGroup | None:
    """A group by its number."""
    return db.session.get(CustomerGroup, group_id) if _may_be_id(group_id) else None


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


def application(application_id: int) -> Application | None:
    """An application by its number, in whatever state."""
    return db.session.get(Application, application_id) if _may_be_id(application_id) else None


def _may_be_id(number: int) -> bool:
    return 0 < number <= LARGEST_ID


def open_application(customer_id: int) -> Application | None:
    """The application of a customer that waits for a decision."""
    return db.session.scalar(_newest_of(customer_id).where(_IS_OPEN))


def latest_application(customer_id: int) -> Application | None:
    """The newest application of a customer, decided or not."""
    return db.session.scalar(_newest_of(customer_id).limit(1))


def applications(customer_id: int) -> Sequence[Application]:
    """Every application of a customer, newest first."""
    return db.session.scalars(_newest_of(customer_id)).all()


def _newest_of(customer_id: int) -> sa.Select[tuple[Application]]:
    return sa.select(Application).where(Application.customer_id == customer_id).order_by(Application.id.desc())


def in_group(group_id: int) -> sa.ColumnElement[bool]:
    """Condition on customers: their terms are those of this group."""
    return Customer.id.in_(
        sa.select(Membership.customer_id).where(Membership.group_id == group_id, Membership.is_preferred)
    )


def has_open_application() -> sa.ColumnElement[bool]:
    """Condition on customers: an application of theirs waits."""
    return Customer.id.in_(sa.select(Application.customer_id).where(_IS_OPEN))


def waiting(wanted: Wanted | None = None, *, after: str = "", before: str = "") -> Page[Application]:
    """A page of the queue, oldest first."""
    return pagination.slice_of(_waiting(wanted), OLDEST_FIRST, after=after, before=before, size=IN_QUEUE)


def count_waiting(wanted: Wanted | None = None) -> int:
    """How many applications the queue has, counted as far as pagination counts."""
    return pagination.count_of(_waiting(wanted))


def next_waiting(decided: Application, wanted: Wanted | None = None) -> Application | None:
    """What opens after a decision: the next in the queue, else the oldest that is left."""
    place = sa.tuple_(Application.submitted_at, Application.id)
    later = place > sa.tuple_(
        sa.literal(decided.submitted_at, Application.submitted_at.type), sa.literal(decided.id, sa.Integer)
    )
    query = _waiting(wanted).order_by(Application.submitted_at, Application.id).limit(1)
    return db.session.scalar(query.where(later)) or db.session.scalar(query)


def _waiting(wanted: Wanted | None) -> sa.Select[tuple[Application]]:
    """The one predicate of the queue: list, count and next ask it."""
    query = sa.select(Application).where(_IS_OPEN)
    if wanted is None:
        return query
    if wanted.text:
        found = sa.select(Customer.id).where(*search.contains(Customer.search_text, wanted.text))
        query = query.where(Application.customer_id.in_(found))
    if wanted.group_id is not None:
        fits = _may_be_id(wanted.group_id)
        query = query.where(Application.group_id == wanted.group_id if fits else sa.false())
    if wanted.stores is not None:
        reached = sa.select(Customer.id).where(of_stores(wanted.stores))
        query = query.where(Application.customer_id.in_(reached))
    return query


def open_since(moment: datetime, *, most: int) -> Sequence[int]:
    """Numbers of the applications that wait since then or longer, oldest first."""
    query = sa.select(Application.id).where(_IS_OPEN, Application.submitted_at <= moment)
    return db.session.scalars(query.order_by(Application.submitted_at, Application.id).limit(most)).all()


def members_by_group() -> dict[int, int]:
    """How many customers have each group's terms."""
    query = sa.select(Membership.group_id, sa.func.count()).where(Membership.is_preferred)
    return dict(db.session.execute(query.group_by(Membership.group_id)).tuples().all())


def waiting_by_group() -> dict[int, int]:
    """How many applications wait for each group."""
    query = sa.select(Application.group_id, sa.func.count()).where(_IS_OPEN)
    return dict(db.session.execute(query.group_by(Application.group_id)).tuples().all())


def with_same_telephone(customer: Customer, *conditions: Condition) -> Sequence[Customer]:
    """Other customers with a telephone of this one, who fit all conditions: perhaps the same person twice."""
    numbers = [telephone.e164 for telephone in customer.telephones]
    if not numbers:
        return []
    twins = sa.select(Telephone.customer_id).where(Telephone.e164.in_(numbers))
    return db.session.scalars(
        sa.select(Customer)
        .where(Customer.id.in_(twins), Customer.id != customer.id, *conditions)
        .order_by(Customer.id)
        .limit(5)
    ).all()
