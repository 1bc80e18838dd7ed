"""How a customer signs in: what the tab shows of it, unlocking, and taking away a second factor that is lost."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required
from portal.accounts.models import Account, EmailChange
from portal.accounts.rules.links import runs_out_at
from portal.accounts.service import devices, email_change, factors, helping, identity, lost_factors, sessions, tries
from portal.audit.service import SYSTEM
from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.backoffice.customers.forms import ReasonForm
from portal.backoffice.customers.identity import account_of
from portal.customers.models import Customer
from portal.foundation.text import _
from portal.staff import queries as staff
from portal.staff.guards import acting_member, staff_required, the_member
from portal.staff.rules import Permission

helping_out = Blueprint("customer_security", __name__, url_prefix=f"{PATH}/<number>")


@helping_out.post("/unlock")
@staff_required(Permission.CUSTOMER_MODIFY)
def unlock(number: str) -> ResponseReturnValue:
    customer = find(number)
    helping.unlock(account_of(customer), acting_member())
    return _done(customer, _("Sign-in is unlocked. %(name)s can try again at once.", name=customer.name))


@helping_out.get("/remove-factors")
@staff_required(Permission.CUSTOMER_VERIFY)
@fresh_sign_in_required
def ask_remove(number: str) -> ResponseReturnValue:
    customer = find(number)
    case = identity.proven(account_of(customer).id, the_member().id)
    if case is None:
        flash(_("Verify first who is calling, then remove the second step."), "info")
        return redirect(f"{PATH}/{customer.number}/identity", 303)
    if lost_factors.stay_until(account_of(customer), case) is not None:
        return redirect(f"{PATH}/{customer.number}?tab=security", 303)  # which says why
    return _ask_remove(customer, ReasonForm(formdata=None))


@helping_out.post("/remove-factors")
@staff_required(Permission.CUSTOMER_VERIFY)
@fresh_sign_in_required
def remove(number: str) -> ResponseReturnValue:
    customer, form = find(number), ReasonForm()
    account = account_of(customer)
    if not form.validate():
        return _ask_remove(customer, form), 422
    helping.remove_factors(account, form.text("reason"), by=acting_member(), staff_member_id=the_member().id)
    return _done(customer, _("The second step is removed. %(name)s gets an email about it.", name=customer.name))


def shown(customer: Customer) -> dict[str, Any]:
    """What the Security tab is made of."""
    account: Account | None = customer.account
    if account is None:
        return {"account": None}
    case = identity.current(account.id, the_member().id)
    return {
        "account": account,
        "case": case,
        "factors_stay_until": lost_factors.stay_until(account, case) if case is not None else None,
        "sessions": sessions.live(account),
        "devices": devices.trusted(account),
        "factors": factors.of(account),
        "tries": tries.of(account),
    }


def pending(customer: Customer) -> dict[str, Any] | None:
    """The change of address that waits, as every tab of a customer tells it; None when there is none."""
    change = email_change.pending_change(customer.account) if customer.account is not None else None
    if change is None:
        return None
    return {
        "change": change,
        "runs_out": runs_out_at(change.asked_at),
        "asked_by": _name(change.asked_by, customer),
        "approved_by": _name(change.approved_by, customer) if change.approved_at else "",
        "is_by_staff": change.asked_by is not None,
        "may_approve": _may_approve(change, customer),
    }


def _may_approve(change: EmailChange, customer: Customer) -> bool:
    member = the_member()
    if change.asked_by is None or change.approved_at is not None:
        return False
    stores = [store.id for store in customer.stores]
    return change.asked_by != member.id or not staff.others_who_may(Permission.CUSTOMER_VERIFY, member, stores)


def _name(member_id: int | None, customer: Customer) -> str:
    if member_id is None:
        return customer.name
    member = staff.by_id(member_id)
    return member.name if member is not None else SYSTEM.name


def _ask_remove(customer: Customer, form: ReasonForm) -> str:
    return render_template(
        "backoffice/customers/remove_factors.html",
        customer=customer,
        path=f"{PATH}/{customer.number}",
        values=form.typed,
        errors=form.words,
    )


def _done(customer: Customer, words: str) -> ResponseReturnValue:
    flash(words, "ok")
    return redirect(f"{PATH}/{customer.number}?tab=security", 303)
