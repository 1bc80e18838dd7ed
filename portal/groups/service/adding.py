"""Add a customer to a group by hand, in a way that can be taken back."""

import sqlalchemy as sa

from portal.accounts.models import Hold
from portal.audit.service import Actor
from portal.customers.models import Customer
from portal.customers.service import records
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import queries
from portal.groups.errors import AlreadyMember, NotMember
from portal.groups.models import CustomerGroup, Membership
from portal.groups.service import applications, letting_in, memberships, own, steps

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


def addable(customer: Customer) -> list[CustomerGroup]:
    """The groups that a customer is not in, in the shop's order."""
    mine = memberships.group_ids(customer.id)
    return [group for group in queries.all_groups() if group.id not in mine]


def put_in(customer: Customer, group_id: int, *, with_terms: bool, by: Actor) -> CustomerGroup:
    """Put a customer into one more group; an application of theirs for it is closed, as if it were approved by hand.

    Whoever was declined for it at the door comes in.

    Args:
        customer: who.
        group_id: the group.
        with_terms: whether its terms count from now on; else those they have stay.
        by: the member of staff.

    Raises:
        NotAllowed: staff would do it for themselves.
        ApprovalNeeded: it takes a decision that is not theirs to take.
        NotFound: there is no such group.
        AlreadyMember: the customer is in it.
    """
    own.refuse(customer, by)
    group = _existing(group_id)
    memberships.lock(customer.id)
    if group.id in memberships.group_ids(customer.id):
        raise AlreadyMember(_("%(name)s is in this group already.", name=customer.name))
    if with_terms:
        applications.set_group(customer, group.id, by=by)
        return group
    letting_in.refuse(customer, group, by)
    if _asked_for(customer, group):
        applications.close_by_hand(customer, by=by)
    records.bump(customer)
    memberships.join(customer, group, by=by)
    steps.record("customer.joined_group", customer, by=by, changes={"group": (None, group.name)})
    return group


def give_terms(customer: Customer, group_id: int, *, by: Actor) -> CustomerGroup:
    """Give a customer the terms of a group that they are in.

    Raises:
        NotAllowed: staff would do it for themselves.
        NotFound: there is no such group.
        NotMember: the customer is not in it any more.
    """
    group = _existing(group_id)
    memberships.lock(customer.id)
    if group.id not in memberships.group_ids(customer.id):
        raise NotMember(_("%(name)s is not in this group any more.", name=customer.name))
    applications.set_group(customer, group.id, by=by)
    return group


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
    former = _existing(before["group"]) if before["group"] else queries.default_group()
    records.bump(customer)
    memberships.prefer(customer, former, by=by)  # an application that was sent since waits on
    steps.record("customer.regrouped", customer, by=by, changes={"group": (standing.name, former.name)})
    if not before["was_member"] and former.id != group_id:
        mine = sa.delete(Membership).where(Membership.customer_id == customer.id, Membership.group_id == group_id)
        db.session.execute(mine.where(~Membership.is_preferred))
    return True


def _asked_for(customer: Customer, group: CustomerGroup) -> bool:
    """Whether an application for this group waits, or its refusal keeps the customer at the door."""
    waiting = queries.open_application(customer.id)
    if waiting is not None:
        return waiting.group_id == group.id
    return steps.held(customer) is Hold.DECLINED and queries.latest_decline(customer.id, group.id) is not None


def _existing(group_id: int) -> CustomerGroup:
    group = queries.group(group_id)
    if group is None:
        raise NotFound(_("This group no longer exists. Choose another one."))
    return group
