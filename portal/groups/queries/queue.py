"""The queue of applications that wait: one predicate for list, count and next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.customers.models import Customer
from portal.customers.models.customer import customer_store
from portal.customers.queries import TEXT, of_stores
from portal.foundation import pagination
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.foundation.pagination import Order, Page
from portal.groups.models import OPEN_STATES, Application, ApplicationState, CustomerGroup
from portal.groups.queries.applications import IS_OPEN
from portal.groups.queries.approvers import decidable_by
from portal.groups.queries.groups import may_be_id
from portal.staff import queries as staff
from portal.staff.models import StaffMember
from portal.staff.rules import Permission
from portal.stores.models import Store

OLDEST_FIRST = Order(Application.submitted_at, Application.id)
IN_QUEUE = 20  # rows of the queue beside the detail


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for in the queue.

    Args:
        text: words of name, address or number.
        group_id: the group asked for.
        store: code of a store of the applicant.
        sent_from: the earliest moment of the application.
        sent_before: the moment that the application came before.
        longer_than: how long it waits at least.
        late: whether it waits longer than its group promises.
        state: whose turn it is.
        stores: the stores whose customers are looked for; None: all.
        member_id: the member of staff whose limits must cover it.
        among: only these.
    """

    text: str = ""
    group_id: int | None = None
    store: str = ""
    sent_from: datetime | None = None
    sent_before: datetime | None = None
    longer_than: timedelta | None = None
    late: bool = False
    state: ApplicationState | None = None
    stores: frozenset[int] | None = None
    member_id: int | None = None
    among: frozenset[int] | None = None


def for_member(member: StaffMember) -> Wanted:
    """All that a member decides about: where they have the right, and what their limits cover."""
    return Wanted(stores=staff.rights_of(member).reach(Permission.CUSTOMER_APPROVE), member_id=member.id)


def waiting(
    wanted: Wanted | None = None, *, after: str = "", before: str = "", size: int | None = None
) -> Page[Application]:
    """A page of the queue, oldest first."""
    return pagination.slice_of(_waiting(wanted), OLDEST_FIRST, after=after, before=before, size=size or IN_QUEUE)


def count_waiting(wanted: Wanted | None = None) -> int:
    """How many applications the queue has, counted as far as pagination counts."""
    return pagination.count_of(_waiting(wanted))


def next_waiting(decided: Application, wanted: Wanted | None = None) -> Application | None:
    """What opens after a decision: the next in the queue, else the oldest that is left."""
    place = sa.tuple_(Application.submitted_at, Application.id)
    later = place > sa.tuple_(
        sa.literal(decided.submitted_at, Application.submitted_at.type), sa.literal(decided.id, sa.Integer)
    )
    query = _waiting(wanted).where(Application.id != decided.id)
    query = query.order_by(Application.submitted_at, Application.id).limit(1)
    return db.session.scalar(query.where(later)) or db.session.scalar(query)


def among(application_ids: Iterable[int]) -> Sequence[Application]:
    """The applications with these numbers that exist, oldest first, in whatever state."""
    known = [number for number in application_ids if may_be_id(number)]
    query = sa.select(Application).where(Application.id.in_(known))
    return db.session.scalars(query.order_by(Application.submitted_at, Application.id)).all()


def is_late(at: datetime) -> sa.ColumnElement[bool]:
    """Condition on applications: they wait for us longer than their group promises."""
    since = sa.func.coalesce(Application.answered_at, Application.submitted_at, type_=Application.submitted_at.type)
    groups = db.session.execute(sa.select(CustomerGroup.id, CustomerGroup.answer_within)).tuples()
    turns = [
        sa.and_(Application.group_id == group_id, since < at - timedelta(hours=hours)) for group_id, hours in groups
    ]
    return sa.and_(Application.state == ApplicationState.SUBMITTED, sa.or_(sa.false(), *turns))


def _waiting(wanted: Wanted | None) -> sa.Select[tuple[Application]]:
    """The one predicate of the queue: list, count and next ask it."""
    query = sa.select(Application)
    # Told that they are open and in one of the open states, SQLite forgets the index in whose order it reads.
    if wanted is None or wanted.state not in OPEN_STATES:
        query = query.where(IS_OPEN)
    return query if wanted is None else query.where(*conditions(wanted))


def conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    """What applications fit that somebody looks for, whether they wait or not."""
    found = _of_the_wait(wanted)
    if wanted.text:
        people = sa.select(Customer.id).where(TEXT.has(wanted.text))
        found.append(Application.customer_id.in_(people))
    if wanted.group_id is not None:
        found.append(Application.group_id == wanted.group_id if may_be_id(wanted.group_id) else sa.false())
    if wanted.store:
        at_store = sa.select(customer_store.c.customer_id).join(Store, Store.id == customer_store.c.store_id)
        found.append(Application.customer_id.in_(at_store.where(Store.code == wanted.store)))
    if wanted.stores is not None:
        found.append(Application.customer_id.in_(sa.select(Customer.id).where(of_stores(wanted.stores))))
    if wanted.member_id is not None:
        found.append(decidable_by(wanted.member_id))
    if wanted.among is not None:
        found.append(Application.id.in_(wanted.among))
    return found


def _of_the_wait(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.sent_from is not None:
        found.append(Application.submitted_at >= wanted.sent_from)
    if wanted.sent_before is not None:
        found.append(Application.submitted_at < wanted.sent_before)
    if wanted.longer_than is not None:
        found.append(Application.submitted_at <= now() - wanted.longer_than)
    if wanted.late:
        found.append(is_late(now()))
    if wanted.state is not None:
        found.append(Application.state == wanted.state)
    return found
