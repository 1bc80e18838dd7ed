"""What the groups of a customer ask of them: answered and changed by themselves."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from portal.accounts.guards import acting_customer, customer_required
from portal.customers import custom_forms, custom_queries
from portal.customers.custom_forms import CustomForm
from portal.customers.custom_queries import Asked
from portal.customers.errors import EditedMeanwhile
from portal.customers.forms import VersionField
from portal.customers.guards import current_customer
from portal.customers.models import Customer
from portal.customers.service import custom_values
from portal.foundation import files, uploads
from portal.foundation.errors import NotFound
from portal.foundation.forms import PortalForm
from portal.foundation.text import _
from portal.groups import queries as groups

details = Blueprint("details", __name__, url_prefix="/account/profile/details")


@details.record_once
def _tell_templates(state: BlueprintSetupState) -> None:
    """The page of the profile belongs to a feature that knows no groups; its template asks here."""
    state.app.jinja_env.globals.update(is_asked_more=lambda: bool(_asked(current_customer())))


class VersionForm(PortalForm):
    """The version that was on the page, and the secret of the form."""

    version = VersionField()


@details.get("")
@customer_required
def ask() -> ResponseReturnValue:
    return _page(_form(current_customer()))


@details.post("")
@uploads.takes_files(custom_forms.LARGEST_BODY)
@customer_required
def save() -> ResponseReturnValue:
    customer = current_customer()
    form, version = _form(customer), VersionForm()
    if not form.validate() or not version.validate():
        form.let_files_go()
        return _page(form), 422
    began_on = customer.version if version.version.data is None else version.version.data
    try:
        custom_values.set_values(customer, form.answers, version=began_on, by=acting_customer())
    except EditedMeanwhile as refusal:
        return _both_versions(form, refusal), 409
    flash(_("Your details are saved."), "ok")
    return redirect(url_for(".ask"), 303)


@details.get("/<int:field_id>")
@customer_required
def save_file(field_id: int) -> ResponseReturnValue:
    """A file of one's own; another's is asked for under no address."""
    customer = current_customer()
    row = custom_queries.value(customer.id, field_id)
    is_mine = row is not None and any(one.field.id == field_id for one in _asked(customer))
    file = files.find(row.file_id, custom_values.PURPOSE) if row is not None and is_mine and row.file_id else None
    if file is None:
        raise NotFound(_("There is no such file. Look at your details."))
    return uploads.attachment(file)


def _asked(customer: Customer) -> list[Asked]:
    """The questions of the groups they are in, and of the one they wait for."""
    mine = {membership.group_id for membership in groups.memberships(customer.id)}
    waiting = groups.open_application(customer.id)
    return custom_queries.asked_by(mine | ({waiting.group_id} if waiting is not None else set()))


def _form(customer: Customer) -> CustomForm:
    return custom_forms.fields_of(
        customer.id, _asked(customer), href=lambda field: url_for(".save_file", field_id=field.id)
    )


def _page(form: CustomForm) -> str:
    version = request.form.get("version", current_customer().version)
    return render_template("storefront/details.html", form=form, errors=form.words, version=version)


def _both_versions(form: CustomForm, refusal: EditedMeanwhile) -> str:
    sent = [(name, value) for name, value in request.form.items(multi=True) if name not in ("version", "csrf_token")]
    return render_template(
        "errors/conflict.html",
        title=_("Your details were changed meanwhile"),
        message=_("They were saved in another window, or by the shop. Compare both versions and choose one."),
        rows=[
            {
                "label": one.field.name,
                "yours": refusal.mine[one.field.key],
                "theirs": refusal.theirs.get(one.field.key, ""),
            }
            for one in form.questions
            if one.field.key in refusal.mine
        ],
        form=[*sent, ("version", refusal.version)],
        action=url_for(".save"),
        back=url_for(".ask"),
        layout="layouts/account.html",
        section="profile",
    )
