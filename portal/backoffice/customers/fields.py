"""A customer's answers in the shop's own fields: shown, changed, and their files saved."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.customers import custom_forms, custom_queries
from portal.customers.custom_forms import CustomForm
from portal.customers.custom_queries import Asked
from portal.customers.errors import EditedMeanwhile
from portal.customers.forms import VersionField
from portal.customers.models import Customer, FieldKind
from portal.customers.service import custom_values
from portal.foundation import files, uploads
from portal.foundation.errors import NotFound
from portal.foundation.forms import PortalForm
from portal.foundation.text import _
from portal.groups import queries as groups
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

customer_fields = Blueprint("customer_fields", __name__, url_prefix=f"{PATH}/<number>/fields")


class VersionForm(PortalForm):
    """The version that was on the page, and the secret of the form."""

    version = VersionField()


def shown(customer: Customer) -> dict[str, Any]:
    """What the tab shows: everything known, then what a group of theirs asks and nobody has answered."""
    rows = custom_queries.values_of(customer.id)
    known = {row.field_id for row in rows}
    asked = custom_queries.asked_by([one.group_id for one in groups.memberships(customer.id)])
    return {
        "known": custom_values.told(rows),
        "open": [one for one in asked if one.field.id not in known],
        "any_fields": bool(custom_queries.fields_in_use()),
    }


@customer_fields.get("")
@staff_required(Permission.CUSTOMER_MODIFY)
def ask(number: str) -> ResponseReturnValue:
    customer = find(number)
    return _page(customer, _form(customer))


@customer_fields.post("")
@uploads.takes_files(custom_forms.LARGEST_BODY)
@staff_required(Permission.CUSTOMER_MODIFY)
def save(number: str) -> ResponseReturnValue:
    customer = find(number)
    form, version = _form(customer), VersionForm()
    if not form.validate() or not version.validate():
        form.let_files_go()
        return _page(customer, form), 422
    began_on = customer.version if version.version.data is None else version.version.data
    try:
        custom_values.set_values(customer, form.answers, version=began_on, by=acting_member())
    except EditedMeanwhile as refusal:
        return _both_versions(customer, form, refusal), 409
    flash(_("More details of %(name)s saved.", name=customer.name), "ok")
    return redirect(f"{PATH}/{customer.number}?tab=details", 303)


@customer_fields.get("/<int:field_id>")
@staff_required(Permission.CUSTOMER_VIEW)
def save_file(number: str, field_id: int) -> ResponseReturnValue:
    row = custom_queries.value(find(number).id, field_id)
    file = files.find(row.file_id, custom_values.PURPOSE) if row is not None and row.file_id is not None else None
    if file is None:
        raise NotFound(_("There is no such file. Look at the customer."))
    return uploads.attachment(file)


def _form(customer: Customer) -> CustomForm:
    """Every field in use: staff may know more than a group asks, and owe no group an answer."""
    asked = [Asked(field) for field in custom_queries.fields_in_use()]
    return custom_forms.fields_of(customer.id, asked, href=lambda field: f"{PATH}/{customer.number}/fields/{field.id}")


def _page(customer: Customer, form: CustomForm) -> str:
    return render_template(
        "backoffice/customers/fields.html",
        customer=customer,
        form=form,
        errors=form.words,
        version=request.form.get("version", customer.version),
        back=f"{PATH}/{customer.number}?tab=details",
    )


def _both_versions(customer: Customer, form: CustomForm, refusal: EditedMeanwhile) -> str:
    """Both versions side by side; a file that was chosen is not in the page and has to be chosen again."""
    texts = [one for one in form.questions if one.field.kind is not FieldKind.FILE or one.field.key in refusal.mine]
    sent = [(name, value) for name, value in request.form.items(multi=True) if name not in ("version", "csrf_token")]
    return render_template(
        "errors/conflict.html",
        title=_("%(name)s was changed meanwhile", name=customer.name),
        message=str(refusal),
        rows=[
            {
                "label": one.field.name,
                "yours": refusal.mine.get(one.field.key, ""),
                "theirs": refusal.theirs.get(one.field.key, ""),
            }
            for one in texts
        ],
        form=[*sent, ("version", refusal.version)],
        back=f"{PATH}/{customer.number}?tab=details",
        section="customers",
    )
