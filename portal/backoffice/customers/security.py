"""How a customer signs in: what the tab shows of it, and what staff may do about it."""

from typing import Any

from portal.accounts.models import Account, EmailChange
from portal.accounts.service import devices, email_change, identity, sessions
from portal.audit.service import SYSTEM
from portal.customers.models import Customer
from portal.staff import queries as staff
from portal.staff.guards import the_member
from portal.staff.rules import Permission


def shown(customer: Customer) -> dict[str, Any]:
    """What the Security tab is made of."""
    account: Account | None = customer.account
    if account is None:
        return {"account": None}
    return {
        "account": account,
        "case": identity.current(account.id, the_member().id),
        "sessions": sessions.live(account),
        "devices": devices.trusted(account),
    }


def pending(customer: Customer) -> dict[str, Any] | None:
    """The change of address that waits, as every tab of a customer tells it; None when there is none."""
    change = email_change.pending_change(customer.account) if customer.account is not None else None
    if change is None:
        return None
    return {
        "change": change,
        "asked_by": _name(change.asked_by, customer),
        "approved_by": _name(change.approved_by, customer) if change.approved_at else "",
        "is_by_staff": change.asked_by is not None,
        "may_approve": _may_approve(change),
    }


def _may_approve(change: EmailChange) -> bool:
    member = the_member()
    if change.asked_by is None or change.approved_at is not None:
        return False
    return change.asked_by != member.id or not staff.others_who_may(Permission.CUSTOMER_VERIFY, member)


def _name(member_id: int | None, customer: Customer) -> str:
    if member_id is None:
        return customer.name
    member = staff.by_id(member_id)
    return member.name if member is not None else SYSTEM.name
