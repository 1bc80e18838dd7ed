"""The address book of a customer, kept by staff: the same forms and verbs as the customer's own."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.config import settings
from portal.customers.forms import AddressForm
from portal.customers.models import Address, Customer
from portal.customers.pages.addresses import choices, compared
from portal.customers.rules import addresses as rules
from portal.customers.service import addresses as book
from portal.foundation import form_keys
from portal.foundation.errors import Conflict
from portal.foundation.text import _, locale
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

addresses = Blueprint("customer_addresses", __name__, url_prefix=f"{PATH}/<number>/addresses")


@addresses.get("/new")
@staff_required(Permission.CUSTOMER_MODIFY)
def ask_new(number: str) -> ResponseReturnValue:
    customer = find(number)
    values = {"recipient": customer.name, "country": settings().shop_country}
    return _page(customer, AddressForm(formdata=None, data=values))


@addresses.post("/new")
@staff_required(Permission.CUSTOMER_MODIFY)
def add(number: str) -> ResponseReturnValue:
    customer, form = find(number), AddressForm()
    if form.changes_country:
        return _page(customer, form)
    if not form.validate():
        return _page(customer, form), 422
    if form_keys.first_use(request.form.get("form_key", "")) is not None:
        book.add_address(customer, form.entry(), by=acting_member())
    return _done(customer, _("Address saved."))


@addresses.get("/<int:address_id>/edit")
@staff_required(Permission.CUSTOMER_MODIFY)
def ask(number: str, address_id: int) -> ResponseReturnValue:
    customer = find(number)
    address = book.find(customer, address_id)
    return _page(customer, AddressForm.of(address), address)


@addresses.post("/<int:address_id>/edit")
@staff_required(Permission.CUSTOMER_MODIFY)
def save(number: str, address_id: int) -> ResponseReturnValue:
    customer, form = find(number), AddressForm()
    address = book.find(customer, address_id)
    if form.changes_country:
        return _page(customer, form, address)
    if not form.validate():
        return _page(customer, form, address), 422
    try:
        book.change_address(customer, address_id, form.entry(), version=form.version.data or 0, by=acting_member())
    except Conflict as refusal:
        return _both_versions(customer, form, address, refusal), 409
    return _done(customer, _("Address saved."))


@addresses.get("/<int:address_id>/remove")
@staff_required(Permission.CUSTOMER_MODIFY)
def ask_remove(number: str, address_id: int) -> ResponseReturnValue:
    customer = find(number)
    address = book.find(customer, address_id)
    return render_template(
        "backoffice/customers/address_remove.html",
        customer=customer,
        address=address,
        lines=rules.lines(address, locale()),
        back=_back(customer),
    )


@addresses.post("/<int:address_id>/remove")
@staff_required(Permission.CUSTOMER_MODIFY)
def remove(number: str, address_id: int) -> ResponseReturnValue:
    customer = find(number)
    book.remove_address(customer, address_id, by=acting_member())
    return _done(customer, _("Address removed."))


def _page(customer: Customer, form: AddressForm, address: Address | None = None) -> str:
    return render_template(
        "backoffice/customers/address.html", customer=customer, back=_back(customer), **choices(form, address)
    )


def _both_versions(customer: Customer, form: AddressForm, address: Address, refusal: Conflict) -> str:
    return render_template(
        "errors/conflict.html",
        title=_("This address was changed meanwhile"),
        message=str(refusal),
        back=_back(customer),
        section="customers",
        **compared(form, address),
    )


def _done(customer: Customer, words: str) -> ResponseReturnValue:
    flash(words, "ok")
    return redirect(_back(customer), 303)


def _back(customer: Customer) -> str:
    return f"{PATH}/{customer.number}?tab=addresses"
