"""Staff who are customers, too, never decide about themselves."""

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.customers.models import Customer
from portal.foundation.errors import NotAllowed
from portal.foundation.text import _
from portal.staff import queries as staff


def refuse(customer: Customer, by: Actor) -> None:
    """Refuse a decision of a member of staff on the customer who has their address.

    Raises:
        NotAllowed: it is their own.
    """
    if by.kind is not ActorKind.STAFF or by.id is None or not customer.email_key:
        return
    member = staff.by_id(by.id)
    if member is not None and member.email_key == customer.email_key:
        raise NotAllowed(_("This is about yourself. Somebody else has to decide."))
