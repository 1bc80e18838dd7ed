"""Who is in which group, and whose terms count."""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.audit.service import Actor
from portal.customers.models import Customer
from portal.customers.service import records
from portal.foundation.database import db
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import mails, queries
from portal.groups.errors import AlreadyMember, DefaultStays, NotMember, NotOffered
from portal.groups.models import CustomerGroup, Membership
from portal.groups.service import own

NAME = 120  # characters of who did it, beside a row


def signature(by: Actor) -> str:
    """Who did it, as rows of groups keep it."""
    return by.name[:NAME]


def lock(customer_id: int) -> Customer:
    """Have everything else that is done to this customer wait for this transaction."""
    row = sa.select(Customer).where(Customer.id == customer_id).with_for_update(of=Customer)
    return db.session.scalars(row, execution_options={"populate_existing": True}).one()


def group_ids(customer_id: int) -> set[int]:
    """The groups that a customer is in."""
    mine = sa.select(Membership.group_id).where(Membership.customer_id == customer_id)
    return set(db.session.scalars(mine))


def join(customer: Customer, group: CustomerGroup, *, by: Actor) -> None:
    """Put a customer into a group; the terms stay those of the group they have, if they have one."""
    known = sa.select(Membership.group_id, Membership.is_preferred).where(Membership.customer_id == customer.id)
    rows = dict(db.session.execute(known).tuples().all())
    if group.id not in rows:
        _add(customer, group, by=by, is_preferred=not any(rows.values()))


def prefer(customer: Customer, group: CustomerGroup, *, by: Actor) -> None:
    """Put a customer into a group and give them its terms from now on."""
    mine = sa.update(Membership).where(Membership.customer_id == customer.id)
    db.session.execute(mine.where(Membership.is_preferred, Membership.group_id != group.id).values(is_preferred=False))
    chosen = mine.where(Membership.group_id == group.id).values(is_preferred=True).returning(Membership.id)
    if db.session.scalars(chosen).one_or_none() is None:
        _add(customer, group, by=by, is_preferred=True)


def join_freely(customer: Customer, group_id: int, *, by: Actor) -> CustomerGroup:
    """Join a group that asks for no approval; its terms are the customer's once they choose them.

    Raises:
        NotOffered: there is no such group to join at once.
        AlreadyMember: the customer is in it.
    """
    wanted = next((group for group in queries.offered_at_registration() if group.id == group_id), None)
    if wanted is None or wanted.asks_approval:
        raise NotOffered(_("This group can’t be joined now. Choose another one."))
    lock(customer.id)
    if wanted.id in group_ids(customer.id):
        raise AlreadyMember(_("You’re in the group %(group)s already.", group=wanted.name))
    records.bump(customer)
    join(customer, wanted, by=by)
    _record("customer.joined_group", customer, by, (None, wanted.name))
    return wanted


def choose(customer: Customer, group_id: int, *, by: Actor) -> CustomerGroup:
    """Choose whose terms count, among the groups that a customer is in.

    Raises:
        NotMember: the customer is not in the group.
    """
    lock(customer.id)
    before, chosen = queries.preferred_group(customer.id), _own(customer, group_id)
    if before is None or before.id != chosen.id:
        records.bump(customer)
        prefer(customer, chosen, by=by)
        _record("customer.chose_group", customer, by, (before.name if before else None, chosen.name))
    return chosen


def leave(customer: Customer, group_id: int, *, by: Actor) -> CustomerGroup:
    """Leave a group, which a mail confirms; who had its terms goes on with those of the default group.

    Raises:
        NotMember: the customer is not in the group.
        DefaultStays: it is the default group.
    """
    left = _leave(customer, group_id, by=by)
    _record("customer.left_group", customer, by, (left.name, None))
    mails.group_left(customer, left.name)
    return left


def take_out(customer: Customer, group_id: int, *, by: Actor) -> CustomerGroup:
    """Take a customer out of a group, as staff do; who had its terms goes on with those of the default group.

    Raises:
        NotAllowed: staff would do it to themselves.
        NotMember: the customer is not in the group.
        DefaultStays: it is the default group.
    """
    own.refuse(customer, by)
    try:
        left = _leave(customer, group_id, by=by)
    except NotMember:
        raise NotMember(_("%(name)s is not in this group any more.", name=customer.name)) from None
    _record("customer.taken_out", customer, by, (left.name, None))
    return left


def _leave(customer: Customer, group_id: int, *, by: Actor) -> CustomerGroup:
    lock(customer.id)
    left = _own(customer, group_id)
    if left.is_default:
        raise DefaultStays(_("Everybody is in the group %(group)s.", group=left.name))
    records.bump(customer)
    standing = queries.preferred_group(customer.id)
    if standing is None or standing.id == left.id:
        prefer(customer, queries.default_group(), by=by)
    db.session.execute(
        sa.delete(Membership).where(Membership.customer_id == customer.id, Membership.group_id == left.id)
    )
    return left


def _own(customer: Customer, group_id: int) -> CustomerGroup:
    found = next((row.group for row in queries.memberships(customer.id) if row.group_id == group_id), None)
    if found is None:
        raise NotMember(_("You’re not in this group."))
    return found


def _record(verb: str, customer: Customer, by: Actor, change: tuple[object, object]) -> None:
    audit.record(verb, records.subject(customer), by=by, changes={"group": change})


def _add(customer: Customer, group: CustomerGroup, *, by: Actor, is_preferred: bool) -> None:
    row = Membership(customer_id=customer.id, group_id=group.id, is_preferred=is_preferred, given_by=signature(by))
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        raise NotFound(_("This group no longer exists. Choose another one.")) from None
