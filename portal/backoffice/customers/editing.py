"""Add and edit a customer; the second of two editors gets both versions."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts import guards as account_guards
from portal.accounts.errors import AddressStays, NotProven
from portal.backoffice import acts
from portal.backoffice.customers import details, entry, reach, saving
from portal.backoffice.customers.finding import PATH
from portal.backoffice.customers.forms import DISABLED, ENABLED, CustomerForm
from portal.backoffice.customers.saving import Typed
from portal.backoffice.values import in_words
from portal.config import settings
from portal.customers import queries as customers
from portal.customers.errors import (
    EditedMeanwhile,
    EmailInUse,
    ExternalIdInUse,
    FieldRefused,
    NotReachable,
    NumberInUse,
)
from portal.customers.models import Customer
from portal.customers.service.further import AT_TILL
from portal.foundation import form_keys
from portal.foundation.errors import Conflict, DomainError, NotFound
from portal.foundation.text import _
from portal.groups import queries as groups
from portal.groups.errors import ApprovalNeeded
from portal.newsletter.errors import ConsentNeeded
from portal.newsletter.service.consent import Proof
from portal.staff.guards import acting_member, may_here, staff_required, the_member
from portal.staff.rules import Permission
from portal.stores import queries as stores

FIELD_OF: dict[type[DomainError], str] = {
    NumberInUse: "customer_number",
    EmailInUse: "email",
    ExternalIdInUse: "customer_id_number",
    FieldRefused: "pan",
    NotReachable: "email",
    NotProven: "email",
    AddressStays: "email",
    ConsentNeeded: "newsletter",
    ApprovalNeeded: "customer_group",
}
REFUSALS = tuple(FIELD_OF)

editing = Blueprint("customer_editing", __name__, url_prefix=PATH)


@editing.get("/new")
@staff_required(Permission.CUSTOMER_ADD)
def ask_new() -> ResponseReturnValue:
    form = _offered(CustomerForm(formdata=None, data=_nobody()))
    return _page(form)


@editing.post("/new")
@staff_required(Permission.CUSTOMER_ADD)
def add() -> ResponseReturnValue:
    form = _offered(CustomerForm())
    if not form.validate():
        return _page(form), 422
    if not form.stores.data and not reach.is_within(stores.online()):
        form.refuse("stores", _("Choose at least one store"))
        return _page(form), 422
    if not form.somebody_else.data and (alike := entry.alike(form)):
        return _page(form, alike=alike), 422
    used = form_keys.first_use(request.form.get("form_key", ""))
    if used is None:
        return redirect(form_keys.led_to(request.form["form_key"]) or PATH, 303)
    try:
        customer = saving.add(_typed(form), by=acting_member(), proof=proof())
    except REFUSALS as refusal:
        form_keys.give_back(used)
        form.refuse(_field_of(refusal), reach.told(refusal))
        return _page(form), 422
    used.led_to = f"{PATH}/{customer.number}"
    flash(_added(customer), "ok")
    return redirect(used.led_to, 303)


@editing.get("/<number>/edit")
@staff_required(Permission.CUSTOMER_MODIFY)
def ask(number: str) -> ResponseReturnValue:
    customer = find(number)
    return _page(_offered(CustomerForm(formdata=None, data=_values(customer)), customer), customer)


@editing.post("/<number>/edit")
@staff_required(Permission.CUSTOMER_MODIFY)
def save(number: str) -> ResponseReturnValue:
    customer = find(number)
    form = _offered(CustomerForm(), customer)
    if not form.validate():
        return _page(form, customer), 422
    try:
        change = saving.save(customer, _typed(form, customer), member=the_member(), by=acting_member(), proof=proof())
    except EditedMeanwhile as refusal:
        return _both_versions(form, customer, refusal), 409
    except REFUSALS as refusal:
        form.refuse(_field_of(refusal), reach.told(refusal))
        return _page(form, customer, to_verify=isinstance(refusal, NotProven)), 422
    words = _("%(name)s saved.", name=customer.name)
    if change is not None:
        asked = _("%(email)s is asked for; the old address stays until then.", email=change.new_email)
        words = f"{words} {asked}"
    flash(words, "ok" if change is None else "wait")
    return redirect(f"{PATH}/{customer.number}" if reach.reaches(customer) else PATH, 303)


def find(number: str) -> Customer:
    """The customer of an address.

    Raises:
        NotFound: nobody has this number, or nobody within reach of whoever asks.
    """
    customer = customers.by_number(number)
    if customer is None or not reach.reaches(customer):
        raise NotFound(_("No customer has this number. Search by name, email or telephone instead."))
    return customer


def proof() -> Proof:
    """Where a consent that staff enter was entered."""
    visitor = account_guards.visitor()
    return Proof(visitor.address, visitor.browser, str(request.url_rule or ""))


def _field_of(refusal: DomainError) -> str:
    return refusal.field if isinstance(refusal, FieldRefused) else FIELD_OF[type(refusal)]


def _offered(form: CustomerForm, customer: Customer | None = None) -> CustomerForm:
    form.offer(groups.all_groups(), reach.offered(customer), customer.locale if customer else "")
    return form


def _nobody() -> dict[str, Any]:
    return {
        "customer_group": str(groups.default_group().id),
        "stores": [store.code for store in reach.first_store()],
        "status": ENABLED,
        "language": settings().shop_locales[0],
    }


def _values(customer: Customer) -> dict[str, Any]:
    return {
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "email": customer.email,
        "telephone": customer.telephone.typed if customer.telephone else "",
        "customer_group": saving.group_id_of(customer),
        "newsletter": saving.is_wanted(customer),
        "stores": [store.code for store in customer.stores],
        "status": DISABLED if customer.disabled_at else ENABLED,
        "reason": customer.disabled_reason,
        "customer_number": customer.number,
        "version": customer.version,
    } | details.on_record(customer)


def _typed(form: CustomerForm, customer: Customer | None = None) -> Typed:
    return Typed(
        number=form.customer_number.data or "",
        first_name=form.first_name.data or "",
        last_name=form.last_name.data or "",
        email=form.email.data or "",
        telephone=form.telephone.data or "",
        stores=stores.by_codes(form.stores.data or []) + (reach.out_of_reach(customer) if customer else []),
        group_id=int(form.customer_group.data) if form.customer_group.data else None,
        newsletter=form.newsletter.data,
        disabled={ENABLED: False, DISABLED: True}.get(form.status.data or ""),
        reason=form.reason.data or "",
        version=form.version.data or 0,
        further=details.further(form, may_set_credit=may_here(Permission.CUSTOMER_CREDIT)),
        may_set_credit=may_here(Permission.CUSTOMER_CREDIT),
    )


def _added(customer: Customer) -> str:
    if customer.invited_at is None:
        return _("%(name)s added.", name=customer.name)
    return _("%(name)s added. An invitation is on its way to %(email)s.", name=customer.name, email=customer.email)


def _page(
    form: CustomerForm,
    customer: Customer | None = None,
    *,
    to_verify: bool = False,
    alike: Sequence[tuple[Customer, str]] = (),
) -> str:
    return render_template(
        "backoffice/customers/edit.html",
        form=form,
        values=form.typed,
        errors=form.words,
        customer=customer,
        masks=details.masks(customer),
        to_verify=to_verify,
        alike=alike,
        back=f"{PATH}/{customer.number}" if customer else PATH,
    )


def _both_versions(form: CustomerForm, customer: Customer, refusal: Conflict) -> str:
    mine, theirs = form.typed, _values(customer)
    if not may_here(Permission.CUSTOMER_CREDIT):
        mine["allow_credit_sale"] = theirs["allow_credit_sale"]
    mine["language"] = mine["language"] or theirs["language"]  # not asked for where the shop has one
    shown = [name for name in theirs if name != "version" and (name != "reason" or mine["status"] == DISABLED)]
    rows = [
        {"label": acts.field(name), "yours": _said(form, name, mine), "theirs": _said(form, name, theirs)}
        for name in shown
    ]
    rows += [
        {"label": acts.field(name), "yours": yours, "theirs": on}
        for name, yours, on in details.compared(form, customer)
    ]
    sent = [(name, value) for name, value in request.form.items(multi=True) if name not in ("version", "csrf_token")]
    return render_template(
        "errors/conflict.html",
        title=_("%(name)s was changed meanwhile", name=customer.name),
        message=str(refusal),
        rows=rows,
        form=[*sent, ("version", customer.version)],
        back=f"{PATH}/{customer.number}",
        section="customers",
    )


def _said(form: CustomerForm, name: str, values: dict[str, Any]) -> str:
    value = values[name]
    if name in AT_TILL and isinstance(value, bool):
        return _("Yes") if value else ""
    if isinstance(value, bool):
        return _("Subscribed") if value else _("Not subscribed")
    labels = dict(getattr(form[name], "options", ()))
    if isinstance(value, list):
        return ", ".join(str(labels.get(one, one)) for one in value)
    text = str(value or "")
    return str(labels[text] if text in labels else in_words(name, text))
