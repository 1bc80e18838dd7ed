"""My details, and the form that changes them."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import acting_customer, customer_required
from portal.config import settings
from portal.customers import queries
from portal.customers.errors import EditedMeanwhile
from portal.customers.forms import ProfileForm
from portal.customers.guards import current_customer
from portal.customers.models import Customer
from portal.customers.pages.reaching import KEPT_WORDS, primary_first
from portal.customers.rules import numbers, telephones
from portal.customers.service.profile import update_profile
from portal.foundation.pages import day
from portal.foundation.text import _

SHOWN = (
    *(
        "first_name",
        "last_name",
        "telephone",
        "date_of_birth",
        "gender",
        "nationality",
        "preferred_channel",
        "language",
    ),
)

profile = Blueprint("profile", __name__, url_prefix="/account/profile")


@profile.get("")
@customer_required
def show() -> ResponseReturnValue:
    customer = current_customer()
    return render_template(
        "customers/profile/show.html",
        customer=customer,
        number=numbers.shown(customer.number),
        telephones=[telephones.shown(row, settings().shop_country) for row in primary_first(customer)],
        photo=queries.photo_of(customer.id),
        said=_said(_offered(ProfileForm(formdata=None, data=_values(customer)))),
        channels=[words for one, words in KEPT_WORDS.items() if queries.channel_states(customer.id).get(one)],
        languages=len(settings().shop_locales),
    )


@profile.get("/edit")
@customer_required
def ask() -> ResponseReturnValue:
    return _page(_offered(ProfileForm(formdata=None, data=_values(current_customer()))))


@profile.post("")
@profile.post("/edit", endpoint="save_edit")
@customer_required
def save() -> ResponseReturnValue:
    customer, form = current_customer(), _offered(ProfileForm())
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
            further=form.personal(),
        )
    except EditedMeanwhile as refusal:
        return _both_versions(form, customer, refusal), 409
    flash(_("Your details are saved."), "ok")
    return redirect(url_for("profile.show"), 303)


def _offered(form: ProfileForm) -> ProfileForm:
    form.offer()
    return form


def _values(customer: Customer) -> dict[str, Any]:
    return {
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "telephone": customer.telephone.typed if customer.telephone else "",
        "date_of_birth": customer.born_on,
        "gender": customer.gender or "",
        "nationality": customer.nationality,
        "preferred_channel": customer.preferred_channel or "",
        "language": customer.locale,
        "version": customer.version,
    }


def _page(form: ProfileForm) -> str:
    return render_template("customers/profile/edit.html", form=form, values=form.typed, errors=form.words)


def _said(form: ProfileForm) -> dict[str, str]:
    """What the fields hold, in words."""
    said = {}
    for name in SHOWN:
        value = form.typed[name]
        options = {str(one): str(words) for one, words in getattr(form[name], "options", ())}
        said[name] = day(value) if isinstance(value, date) else options.get(str(value or ""), str(value or ""))
    return said


def _both_versions(form: ProfileForm, customer: Customer, refusal: EditedMeanwhile) -> str:
    mine, theirs = _said(form), _said(_offered(ProfileForm(formdata=None, data=_values(customer))))
    sent = [(name, value) for name, value in request.form.items(multi=True) if name not in ("version", "csrf_token")]
    return render_template(
        "errors/conflict.html",
        title=_("Your details were changed meanwhile"),
        message=_("They were saved in another window, or by the shop. Compare both versions and choose one."),
        rows=[{"label": form[name].label.text, "yours": mine[name], "theirs": theirs[name]} for name in SHOWN],
        form=[*sent, ("version", refusal.version)],
        action=url_for("profile.save"),
        back=url_for("profile.show"),
        layout="layouts/account.html",
        section="profile",
    )
