"""My photo: shown to me and to the shop, to nobody else."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import acting_customer, customer_required
from portal.customers import queries
from portal.customers.errors import PhotoRefused
from portal.customers.guards import current_customer
from portal.customers.pages.photos import BODY, sent, uploaded
from portal.customers.service import photos as service
from portal.foundation.text import _
from portal.foundation.uploads import takes_files

photo = Blueprint("photo", __name__, url_prefix="/account/profile")


@photo.get("/photo.webp")
@customer_required
def large() -> ResponseReturnValue:
    return sent(service.file_of(current_customer(), service.LARGE) or abort(404))


@photo.get("/photo-64.webp")
@customer_required
def small() -> ResponseReturnValue:
    return sent(service.file_of(current_customer(), service.SMALL) or abort(404))


@photo.get("/photo")
@customer_required
def ask() -> ResponseReturnValue:
    return _page()


@photo.post("/photo")
@takes_files(BODY)
@customer_required
def change() -> ResponseReturnValue:
    customer = current_customer()
    try:
        squares = service.made_of(uploaded(request))
    except PhotoRefused as refusal:
        return _page({"photo": str(refusal)}), 422
    service.set_photo(customer, squares, by=acting_customer())
    flash(_("Photo saved."), "ok")
    return redirect(url_for("profile.show"), 303)


@photo.post("/photo/remove")
@customer_required
def remove() -> ResponseReturnValue:
    service.remove_photo(current_customer(), by=acting_customer())
    flash(_("Photo removed."), "ok")
    return redirect(url_for("profile.show"), 303)


def _page(errors: dict[str, str] | None = None) -> str:
    known = queries.photo_of(current_customer().id)
    return render_template("customers/profile/photo.html", photo=known, errors=errors or {})
