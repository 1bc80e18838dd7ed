"""A new customer joins the group they asked for at registration, with what they answered for it."""

from portal.accounts.models import Registration
from portal.audit.service import Actor
from portal.customers.models import Customer
from portal.customers.service import custom_values
from portal.groups import queries as groups
from portal.groups.service import applications


def join(customer: Customer, registration: Registration, *, by: Actor) -> None:
    """Give a customer the group asked for, or the application; the answers go with it, and nowhere else."""
    application = applications.join_at_registration(customer, registration.group_id, by=by)
    if not registration.answers:
        return
    joined = {membership.group_id for membership in groups.memberships(customer.id)}
    if application is None and registration.group_id is not None and registration.group_id not in joined:
        return  # the group is no longer offered: what it asked is nobody's business, and the files run out
    application_id = application.id if application is not None else None
    custom_values.hand_over(customer, registration.answers, application_id=application_id, by=by)
