"""Who may let somebody into a group, or through its gate, by hand: whoever might approve it, and nobody else."""

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.customers.models import Customer
from portal.foundation.text import _
from portal.groups import queries
from portal.groups.errors import ApprovalNeeded
from portal.groups.models import CustomerGroup
from portal.groups.service import steps
from portal.staff import queries as staff
from portal.staff.models import StaffMember
from portal.staff.rules import Permission


def may_open(customer: Customer, by: Actor) -> bool:
    """Whether somebody may end the wait of a customer by hand: an application that is open, or a hold on the door.

    Of a group that wants two approvers nobody may alone.
    """
    member = _member(by)
    if member is None:
        return True
    waiting = queries.open_application(customer.id)
    if waiting is None:
        return steps.held(customer) is None or _reaches(member, customer)
    decides = queries.may_decide(member.id, waiting.id) and _reaches(member, customer)
    return decides and not (waiting.is_open and waiting.group.two_approvers)


def refuse(customer: Customer, group: CustomerGroup, by: Actor) -> None:
    """Refuse to put a customer into a group by hand where that takes a decision which isn't theirs to take.

    Raises:
        ApprovalNeeded: the group asks for approval, or an application waits, and they may not approve it alone.
    """
    member = _member(by)
    if not may_open(customer, by):
        raise ApprovalNeeded(_("%(name)s waits for a decision that is not yours alone.", name=customer.name))
    if (
        member is not None
        and group.asks_approval
        and not (_reaches(member, customer) and _covers(member, customer, group))
    ):
        raise ApprovalNeeded(_("%(group)s asks for approval, which is not yours to give.", group=group.name))


def _member(by: Actor) -> StaffMember | None:
    return staff.by_id(by.id) if by.kind is ActorKind.STAFF and by.id is not None else None


def _reaches(member: StaffMember, customer: Customer) -> bool:
    reach = staff.rights_of(member).reach(Permission.CUSTOMER_APPROVE)
    return reach is None or any(store.id in reach for store in customer.stores)


def _covers(member: StaffMember, customer: Customer, group: CustomerGroup) -> bool:
    """Whether a member without limits, or one of their limits, decides about this group and customer."""
    limits = [one for one in queries.scopes() if one.staff_member_id == member.id]
    stores = {None, *(store.id for store in customer.stores)}
    return not limits or any(one.group_id in (None, group.id) and one.store_id in stores for one in limits)
