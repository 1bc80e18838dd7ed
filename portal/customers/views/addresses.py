"""My address book: every country's addresses in its own words."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import acting_customer, customer_required
from portal.config import settings
from portal.customers import queries
from portal.customers.forms import AddressForm
from portal.customers.guards import current_customer
from portal.customers.models import Address
from portal.customers.pages.addresses import choices, compared
from portal.customers.rules import addresses as rules
from portal.customers.service import addresses as book
from portal.foundation import form_keys
from portal.foundation.errors import Conflict
from portal.foundation.text import _, locale

addresses = Blueprint("addresses", __name__, url_prefix="/account/addresses")


@addresses.get("")
@customer_required
def show() -> ResponseReturnValue:
    known = queries.addresses(current_customer().id)
    return render_template("customers/addresses/list.html", book=[(row, rules.lines(row, locale())) for row in known])


@addresses.get("/new")
@customer_required
def ask_new() -> ResponseReturnValue:
    country = request.args.get("country", "")
    values = {
        "recipient": current_customer().name,
        "country": country if country in rules.countries() else settings().shop_country,
    }
    return _page(AddressForm(formdata=None, data=values))


@addresses.post("")
@addresses.post("/new", endpoint="add_new")
@customer_required
def add() -> ResponseReturnValue:
    form = AddressForm()
    if form.changes_country:
        return _page(form)
    if not form.validate():
        return _page(form), 422
    if form_keys.first_use(request.form.get("form_key", "")) is not None:
        book.add_address(current_customer(), form.entry(), by=acting_customer())
    flash(_("Address saved."), "ok")
    return redirect(url_for("addresses.show"), 303)


@addresses.get("/<int:address_id>/edit")
@customer_required
def ask(address_id: int) -> ResponseReturnValue:
    address = book.find(current_customer(), address_id)
    return _page(AddressForm.of(address), address)


@addresses.post("/<int:address_id>/edit")
@customer_required
def save(address_id: int) -> ResponseReturnValue:
    customer, form = current_customer(), AddressForm()
    address = book.find(customer, address_id)
    if form.changes_country:
        return _page(form, address)
    if not form.validate():
        return _page(form, address), 422
    try:
        book.change_address(customer, address_id, form.entry(), version=form.version.data or 0, by=acting_customer())
    except Conflict as refusal:
        return _both_versions(form, address, refusal), 409
    flash(_("Address saved."), "ok")
    return redirect(url_for("addresses.show"), 303)


@addresses.get("/<int:address_id>/remove")
@customer_required
def ask_remove(address_id: int) -> ResponseReturnValue:
    address = book.find(current_customer(), address_id)
    return render_template("customers/addresses/remove.html", address=address, lines=rules.lines(address, locale()))


@addresses.post("/<int:address_id>/remove")
@customer_required
def remove(address_id: int) -> ResponseReturnValue:
    book.remove_address(current_customer(), address_id, by=acting_customer())
    flash(_("Address removed."), "ok")
    return redirect(url_for("addresses.show"), 303)


def _page(form: AddressForm, address: Address | None = None) -> str:
    return render_template("customers/addresses/edit.html", **choices(form, address))


def _both_versions(form: AddressForm, address: Address, refusal: Conflict) -> str:
    return render_template(
        "errors/conflict.html",
        title=_("This address was changed meanwhile"),
        message=str(refusal),
        back=url_for("addresses.show"),
        layout="layouts/account.html",
        section="addresses",
        **compared(form, address),
    )
