"""My details, and the form that changes them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import acting_customer, customer_required
from portal.config import settings
from portal.customers.errors import EditedMeanwhile
from portal.customers.forms import ProfileForm
from portal.customers.guards import current_customer
from portal.customers.models import Customer
from portal.customers.rules import numbers, telephones
from portal.customers.service.profile import update_profile
from portal.foundation.text import _

profile = Blueprint("profile", __name__, url_prefix="/account/profile")


@profile.get("")
@customer_required
def show() -> ResponseReturnValue:
    customer = current_customer()
    return render_template(
        "customers/profile/show.html",
        customer=customer,
        number=numbers.shown(customer.number),
        telephone=telephones.shown(customer.telephone, settings().shop_country),
    )


@profile.get("/edit")
@customer_required
def ask() -> ResponseReturnValue:
    return _page(ProfileForm(formdata=None, data=_values(current_customer())))


@profile.post("")
@profile.post("/edit", endpoint="save_edit")
@customer_required
def save() -> ResponseReturnValue:
    customer, form = current_customer(), ProfileForm()
    if not form.validate():
        return _page(form), 422
    try:
        update_profile(
            customer,
            version=customer.version if form.version.data is None else form.version.data,
            by=acting_customer(),
            first_name=form.first_name.data,
            last_name=form.last_name.data,
            telephone=form.telephone.data,
        )
    except EditedMeanwhile as refusal:
        return _both_versions(form, customer, refusal), 409
    flash(_("Your details are saved."), "ok")
    return redirect(url_for("profile.show"), 303)


def _values(customer: Customer) -> dict[str, object]:
    return {
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "telephone": customer.telephone.typed if customer.telephone else "",
        "version": customer.version,
    }


def _page(form: ProfileForm) -> str:
    return render_template(
        "customers/profile/edit.html", values=form.typed, errors=form.words, email=current_customer().email
    )


def _both_versions(form: ProfileForm, customer: Customer, refusal: EditedMeanwhile) -> str:
    theirs = _values(customer)
    labels = {"first_name": _("First name"), "last_name": _("Last name"), "telephone": _("Telephone")}
    sent = [(name, value) for name, value in request.form.items(multi=True) if name not in ("version", "csrf_token")]
    return render_template(
        "errors/conflict.html",
        title=_("Your details were changed meanwhile"),
        message=_("They were saved in another window, or by the shop. Compare both versions and choose one."),
        rows=[{"label": said, "yours": form.typed[name], "theirs": theirs[name]} for name, said in labels.items()],
        form=[*sent, ("version", refusal.version)],
        action=url_for("profile.save"),
        back=url_for("profile.show"),
        layout="layouts/account.html",
        section="profile",
    )
