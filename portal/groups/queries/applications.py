"""Applications of customers, open and ended, with their history."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from portal.customers.models import HAS_OPEN_APPLICATION, Customer
from portal.customers.queries import of_stores
from portal.foundation.database import db, written_out
from portal.groups.models import OPEN_STATES, Application, ApplicationEvent, ApplicationState, Step
from portal.groups.queries.groups import may_be_id

IS_OPEN = written_out(Application.state, OPEN_STATES)
IS_PENDING = Application.undo_until.is_not(None)


def application(application_id: int) -> Application | None:
    """An application by its number, in whatever state."""
    return db.session.get(Application, application_id) if may_be_id(application_id) else None


def open_application(customer_id: int) -> Application | None:
    """The application of a customer that waits: for a decision, or for one to be carried out."""
    return db.session.scalar(_newest_of(customer_id).where(sa.or_(IS_OPEN, IS_PENDING)).limit(1))


def latest_application(customer_id: int) -> Application | None:
    """The newest application of a customer, decided or not."""
    return db.session.scalar(_newest_of(customer_id).limit(1))


def applications(customer_id: int) -> Sequence[Application]:
    """Every application of a customer, newest first."""
    return db.session.scalars(_newest_of(customer_id)).all()


def latest_decline(customer_id: int, group_id: int) -> Application | None:
    """The newest application of a customer for a group, when that was declined."""
    row = db.session.scalar(_newest_of(customer_id).where(Application.group_id == group_id).limit(1))
    is_declined = row is not None and row.state is ApplicationState.DECLINED and not row.is_pending
    return row if is_declined else None


def count_applications(group_id: int) -> int:
    """How many applications there ever were for a group."""
    query = sa.select(sa.func.count()).select_from(Application).where(Application.group_id == group_id)
    return db.session.scalar(query) or 0


def latest_event(application_id: int, step: Step | None = None) -> ApplicationEvent | None:
    """The last step of an application, or its last one of a kind."""
    query = sa.select(ApplicationEvent).where(ApplicationEvent.application_id == application_id)
    if step is not None:
        query = query.where(ApplicationEvent.step == step)
    return db.session.scalar(query.order_by(ApplicationEvent.id.desc()).limit(1))


def _newest_of(customer_id: int) -> sa.Select[tuple[Application]]:
    return sa.select(Application).where(Application.customer_id == customer_id).order_by(Application.id.desc())


def has_open_application() -> sa.ColumnElement[bool]:
    """Condition on customers: an application of theirs waits."""
    return sa.and_(HAS_OPEN_APPLICATION)


def applied_for(customer_ids: Sequence[int]) -> dict[int, int]:
    """The group that each of these customers waits for, asked for at once."""
    query = sa.select(Application.customer_id, Application.group_id)
    return dict(db.session.execute(query.where(Application.customer_id.in_(customer_ids), IS_OPEN)).tuples().all())


def open_since(moment: datetime, *, most: int) -> Sequence[int]:
    """Numbers of the applications that wait since then or longer, oldest first."""
    query = sa.select(Application.id).where(IS_OPEN, Application.submitted_at <= moment)
    return db.session.scalars(query.order_by(Application.submitted_at, Application.id).limit(most)).all()


def pending_since(moment: datetime, *, most: int) -> Sequence[int]:
    """Numbers of decided applications whose minutes to undo are over, by customer: so no two sweeps cross."""
    query = sa.select(Application.id).where(IS_PENDING, Application.undo_until <= moment)
    return db.session.scalars(query.order_by(Application.customer_id, Application.id).limit(most)).all()


def waiting_by_group(stores: frozenset[int] | None = None) -> dict[int, int]:
    """How many applications wait for each group: of customers of these stores, or of all."""
    query = sa.select(Application.group_id, sa.func.count()).where(IS_OPEN)
    if stores is not None:
        query = query.where(Application.customer_id.in_(sa.select(Customer.id).where(of_stores(stores))))
    return dict(db.session.execute(query.group_by(Application.group_id)).tuples().all())
