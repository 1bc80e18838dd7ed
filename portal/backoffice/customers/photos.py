"""The photo of a customer: shown to staff, chosen and removed by them."""

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.customers import queries as customers
from portal.customers.errors import PhotoRefused
from portal.customers.models import Customer
from portal.customers.pages.photos import BODY, sent, uploaded
from portal.customers.service import photos as service
from portal.foundation.text import _
from portal.foundation.uploads import takes_files
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

photos = Blueprint("customer_photos", __name__, url_prefix=f"{PATH}/<number>")


@photos.get("/photo.webp")
@staff_required(Permission.CUSTOMER_VIEW)
def large(number: str) -> ResponseReturnValue:
    return sent(service.file_of(find(number), service.LARGE) or abort(404))


@photos.get("/photo-64.webp")
@staff_required(Permission.CUSTOMER_VIEW)
def small(number: str) -> ResponseReturnValue:
    return sent(service.file_of(find(number), service.SMALL) or abort(404))


@photos.get("/photo")
@staff_required(Permission.CUSTOMER_MODIFY)
def ask(number: str) -> ResponseReturnValue:
    return _page(find(number))


@photos.post("/photo")
@takes_files(BODY)
@staff_required(Permission.CUSTOMER_MODIFY)
def change(number: str) -> ResponseReturnValue:
    customer = find(number)
    try:
        squares = service.made_of(uploaded(request))
    except PhotoRefused as refusal:
        return _page(customer, {"photo": str(refusal)}), 422
    service.set_photo(customer, squares, by=acting_member())
    return _done(customer, _("Photo saved."))


@photos.post("/photo/remove")
@staff_required(Permission.CUSTOMER_MODIFY)
def remove(number: str) -> ResponseReturnValue:
    customer = find(number)
    service.remove_photo(customer, by=acting_member())
    return _done(customer, _("Photo removed."))


def _page(customer: Customer, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "backoffice/customers/photo.html",
        customer=customer,
        path=f"{PATH}/{customer.number}",
        photo=customers.photo_of(customer.id),
        errors=errors or {},
    )


def _done(customer: Customer, words: str) -> ResponseReturnValue:
    flash(words, "ok")
    return redirect(f"{PATH}/{customer.number}", 303)
