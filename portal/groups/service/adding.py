"""Add a customer to a group by hand, in a way that can be taken back."""

import sqlalchemy as sa

from portal.audit.service import Actor
from portal.customers.models import Customer
from portal.customers.service import records
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import queries
from portal.groups.models import Membership
from portal.groups.service import applications, memberships, own, steps

Before = dict[str, int | bool | None]


def add(customer: Customer, group_id: int, *, by: Actor) -> Before | None:
    """Give a customer a group's terms; what taking it back needs, or None when they have them already.

    Raises:
        NotAllowed: staff would give them to themselves.
        NotFound: there is no such group.
    """
    memberships.lock(customer.id)
    standing = queries.preferred_group(customer.id)
    if standing is not None and standing.id == group_id:
        return None
    was_member = any(row.group_id == group_id for row in queries.memberships(customer.id))
    applications.set_group(customer, group_id, by=by)
    return {"group": standing.id if standing else None, "was_member": was_member}


def take_back(customer: Customer, group_id: int, before: Before, *, by: Actor) -> bool:
    """Give a customer the terms that they had before; False when theirs have changed again since.

    Raises:
        NotAllowed: staff would give them to themselves.
        NotFound: the group that they were in is gone.
    """
    memberships.lock(customer.id)
    standing = queries.preferred_group(customer.id)
    if standing is None or standing.id != group_id:
        return False
    own.refuse(customer, by)
    former = queries.group(before["group"]) if before["group"] else queries.default_group()
    if former is None:
        raise NotFound(_("This group no longer exists. Choose another one."))
    records.bump(customer)
    memberships.prefer(customer, former, by=by)  # an application that was sent since waits on
    steps.record("customer.regrouped", customer, by=by, changes={"group": (standing.name, former.name)})
    if not before["was_member"] and former.id != group_id:
        mine = sa.delete(Membership).where(Membership.customer_id == customer.id, Membership.group_id == group_id)
        db.session.execute(mine.where(~Membership.is_preferred))
    return True
