"""Invitations: somebody whom staff added chooses a password and a security question themselves."""

from portal.audit.service import Actor, record
from portal.customers import mails
from portal.customers.errors import NotInvitable
from portal.customers.mails import INVITATION
from portal.customers.models import Customer
from portal.customers.service.records import bump, refresh_status, subject
from portal.foundation.clock import now
from portal.foundation.text import _

__all__ = ["INVITATION", "invite"]


def invite(customer: Customer, by: Actor) -> None:
    """Mail the link on which an account is made; sent again, the newest link works and the older ones end.

    Raises:
        NotInvitable: no address, disabled, or an account already.
    """
    if customer.account_id is not None:
        raise NotInvitable(_("%(name)s has an account already. Send a reset link instead.", name=customer.name))
    if not customer.email:
        raise NotInvitable(_("There is no email address to send an invitation to. Add one first."))
    if customer.disabled_at is not None:
        raise NotInvitable(_("%(name)s is disabled. Enable the customer first.", name=customer.name))
    bump(customer)
    mails.invitation(customer)
    customer.invited_at = now()
    refresh_status(customer)
    record("customer.invited", subject(customer), by=by, changes={"email": ("", customer.email)})
