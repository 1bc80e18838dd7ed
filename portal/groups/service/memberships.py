"""Who is in which group, and whose terms count."""

import sqlalchemy as sa

from portal.audit.service import Actor
from portal.customers.models import Customer
from portal.foundation.database import db
from portal.groups.models import CustomerGroup, Membership

NAME = 120  # characters of who did it, beside a row


def signature(by: Actor) -> str:
    """Who did it, as rows of groups keep it."""
    return by.name[:NAME]


def lock(customer_id: int) -> Customer:
    """Have everything else that is done to this customer wait for this transaction."""
    row = sa.select(Customer).where(Customer.id == customer_id).with_for_update(of=Customer)
    return db.session.scalars(row, execution_options={"populate_existing": True}).one()


def join(customer: Customer, group: CustomerGroup, *, by: Actor) -> None:
    """Put a customer into a group; the terms stay those of the group they have, if they have one."""
    known = sa.select(Membership.group_id, Membership.is_preferred).where(Membership.customer_id == customer.id)
    rows = dict(db.session.execute(known).tuples().all())
    if group.id not in rows:
        _add(customer, group, by=by, is_preferred=not any(rows.values()))


def prefer(customer: Customer, group: CustomerGroup, *, by: Actor) -> None:
    """Put a customer into a group and give them its terms from now on."""
    own = sa.update(Membership).where(Membership.customer_id == customer.id)
    db.session.execute(own.where(Membership.is_preferred, Membership.group_id != group.id).values(is_preferred=False))
    chosen = own.where(Membership.group_id == group.id).values(is_preferred=True).returning(Membership.id)
    if db.session.scalars(chosen).one_or_none() is None:
        _add(customer, group, by=by, is_preferred=True)


def _add(customer: Customer, group: CustomerGroup, *, by: Actor, is_preferred: bool) -> None:
    db.session.add(
        Membership(customer_id=customer.id, group_id=group.id, is_preferred=is_preferred, given_by=signature(by))
    )
    db.session.flush()
