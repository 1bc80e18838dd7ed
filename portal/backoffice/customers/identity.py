"""Verify who is calling: a case with a reason, the support PIN first, the security question if need be."""

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.models import Account, IdentityCase
from portal.accounts.service import identity as service
from portal.accounts.service.identity import LIFETIME, PER_CASE, Checked
from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.backoffice.customers.forms import CaseForm, PinForm, SaidForm
from portal.customers.models import Customer
from portal.foundation.errors import Conflict, Expired
from portal.foundation.forms import PortalForm
from portal.foundation.text import _, plural
from portal.staff.guards import acting_member, staff_required, the_member
from portal.staff.rules import Permission

identity = Blueprint("customer_identity", __name__, url_prefix=f"{PATH}/<number>/identity")


@identity.get("")
@staff_required(Permission.CUSTOMER_VERIFY)
def show(number: str) -> ResponseReturnValue:
    return _page(find(number), CaseForm(formdata=None))


@identity.post("")
@staff_required(Permission.CUSTOMER_VERIFY)
def open_case(number: str) -> ResponseReturnValue:
    customer, form = find(number), CaseForm()
    account = account_of(customer)
    if not form.validate():
        return _page(customer, form), 422
    service.open_case(account, the_member().id, form.text("reason"), acting_member())
    return _back(customer)


@identity.post("/question")
@staff_required(Permission.CUSTOMER_VERIFY)
def reveal(number: str) -> ResponseReturnValue:
    customer, account, case = _at_work(number)
    service.reveal_question(case, account, acting_member())
    return _back(customer)


@identity.post("/answer")
@staff_required(Permission.CUSTOMER_VERIFY)
def check_answer(number: str) -> ResponseReturnValue:
    """Tell match or no match, and nothing else; what was said is neither kept nor shown again."""
    customer, account, case = _at_work(number)
    form = SaidForm()
    if not form.validate():
        return _page(customer, form), 422
    checked = service.check_answer(case, account, form.text("said"), acting_member())
    if checked in (Checked.MATCH, Checked.OVER):
        return _settled(customer, checked)
    form.refuse("said", _no_match(case) if checked is Checked.NO_MATCH else _tomorrow())
    return _page(customer, form), 422


@identity.post("/pin")
@staff_required(Permission.CUSTOMER_VERIFY)
def check_pin(number: str) -> ResponseReturnValue:
    customer, account, case = _at_work(number)
    form = PinForm()
    if not form.validate():
        return _page(customer, form), 422
    if service.check_pin(case, account, form.text("pin"), acting_member()) is Checked.MATCH:
        return _settled(customer, Checked.MATCH)
    form.refuse("pin", _("No match. Ask the customer to make a new PIN and to read it out."))
    return _page(customer, form), 422


@identity.post("/close")
@staff_required(Permission.CUSTOMER_VERIFY)
def close(number: str) -> ResponseReturnValue:
    customer, _account, case = _at_work(number)
    service.close(case)
    flash(_("The case is closed."), "ok")
    return redirect(f"{PATH}/{customer.number}?tab=security", 303)


def account_of(customer: Customer) -> Account:
    """The account of a customer.

    Raises:
        Conflict: they have none, so there is nothing to prove.
    """
    account = customer.account
    if account is None:
        raise Conflict(_("%(name)s has no account, so there is nothing to verify.", name=customer.name))
    return account


def _at_work(number: str) -> tuple[Customer, Account, IdentityCase]:
    customer = find(number)
    account = account_of(customer)
    case = service.current(account.id, the_member().id)
    if case is None:
        raise Expired(_("This case is over. Go back to the customer and open a new one."))
    return customer, account, case


def _back(customer: Customer) -> ResponseReturnValue:
    return redirect(f"{PATH}/{customer.number}/identity", 303)


def _settled(customer: Customer, checked: Checked) -> ResponseReturnValue:
    if checked is Checked.OVER:
        flash(_("No match, three times. The case is closed; nothing may be changed for this caller."), "bad")
    return _back(customer)


def _no_match(case: IdentityCase) -> str:
    left = PER_CASE.hits - case.tries
    return plural("No match. %(num)s try left.", "No match. %(num)s tries left.", left)


def _tomorrow() -> str:
    return _("No more answers are taken for this customer today. Ask for a support PIN, or try tomorrow.")


def _page(customer: Customer, form: PortalForm) -> str:
    account = account_of(customer)
    case = service.current(account.id, the_member().id)
    return render_template(
        "backoffice/customers/identity.html",
        customer=customer,
        path=f"{PATH}/{customer.number}",
        case=case,
        until=case.opened_at + LIFETIME if case else None,
        has_question=service.question_of(account) is not None,
        question=service.shown_question(case, account) if case else "",
        values=form.typed if isinstance(form, CaseForm) else {},
        errors=form.words,
    )
