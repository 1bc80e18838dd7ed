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
    refuse_address(customer.email_key, by)


def refuse_address(email_key: str | None, by: Actor) -> None:
    """The same for a record that had this address and may have lost it, as at a merge.

    Raises:
        NotAllowed: it is their own.
    """
    if by.kind is not ActorKind.STAFF or by.id is None or not email_key:
        return
    member = staff.by_id(by.id)
    if member is not None and member.email_key == email_key:
        raise NotAllowed(_("This is about yourself. Somebody else has to decide."))
