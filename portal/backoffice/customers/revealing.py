"""Show one masked number once, to who says why; the reason goes to the audit log."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.audit.service import record
from portal.backoffice import acts
from portal.backoffice.customers import details
from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.backoffice.customers.forms import RevealForm
from portal.customers import queries as customers
from portal.customers.models import Customer
from portal.customers.service import further
from portal.customers.service.records import subject
from portal.customers.service.sealing import mask, opened
from portal.foundation.text import _
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

GATE = "gate_code-"  # begins the name of the gate code of an address; its id follows

revealing = Blueprint("customer_revealing", __name__, url_prefix=f"{PATH}/<number>/reveal")


@revealing.get("")
@staff_required(Permission.CUSTOMER_REVEAL)
def ask(number: str) -> ResponseReturnValue:
    return _page(find(number), RevealForm(formdata=None, data={"field": request.args.get("field", "")}))


@revealing.post("")
@staff_required(Permission.CUSTOMER_REVEAL)
def show(number: str) -> ResponseReturnValue:
    customer, form = find(number), RevealForm()
    form.field.options = _known(customer)
    if not form.validate() or not form.text("field"):
        if not form.text("field"):
            form.refuse("field", _("Choose what to show"))
        return _page(customer, form), 422
    name = form.text("field")
    label = dict(_known(customer))[name]
    told = {"shown": ("", label)}
    record("customer.revealed", subject(customer), by=acting_member(), changes=told, reason=form.text("reason"))
    return _page(customer, form, label=label, value=_opened(customer, name))


def _known(customer: Customer) -> list[tuple[str, str]]:
    """What is masked of a customer, for a choice."""
    found = [(name, f"{acts.field(name)} {masked}") for name, masked in details.masks(customer).items()]
    return found + [
        (f"{GATE}{address.id}", f"{acts.field('gate_code')} {mask(address.gate_code)}, {address.label or address.city}")
        for address in customers.addresses(customer.id)
        if address.gate_code
    ]


def _opened(customer: Customer, name: str) -> str:
    if not name.startswith(GATE):
        return further.number_of(customer, name)
    wanted = int(name.removeprefix(GATE))
    return next(opened(one.gate_code) for one in customers.addresses(customer.id) if one.id == wanted)


def _page(customer: Customer, form: RevealForm, **shown: Any) -> str:
    return render_template(
        "backoffice/customers/reveal.html",
        customer=customer,
        path=f"{PATH}/{customer.number}",
        options=_known(customer),
        values=form.typed,
        errors=form.words,
        **shown,
    )
