"""Telephones of a customer, and what they said about being reached: entered by staff."""

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue

from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.backoffice.customers.forms import ChannelsForm, VerifiedForm
from portal.backoffice.customers.showing import page
from portal.customers.forms import MoreTelephoneForm
from portal.customers.models import ChannelSource, Customer, TelephoneKind
from portal.customers.service import telephones
from portal.customers.service.channels import KEPT_HERE, set_channels, stop_texts
from portal.foundation.errors import Conflict
from portal.foundation.text import _
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

contact = Blueprint("customer_contact", __name__, url_prefix=f"{PATH}/<number>")


@contact.post("/telephones")
@staff_required(Permission.CUSTOMER_MODIFY)
def add_telephone(number: str) -> ResponseReturnValue:
    customer, form = find(number), MoreTelephoneForm()
    if not form.validate():
        return page(customer, "contact", values=form.typed, errors=form.words), 422
    kind = TelephoneKind(form.text("kind") or TelephoneKind.MOBILE)
    try:
        telephones.add_telephone(customer, form.text("telephone"), kind, by=acting_member())
    except Conflict as refusal:
        form.refuse("telephone", refusal)
        return page(customer, "contact", values=form.typed, errors=form.words), 422
    return _done(customer, _("Telephone added."))


@contact.post("/telephones/<int:telephone_id>/primary")
@staff_required(Permission.CUSTOMER_MODIFY)
def make_primary(number: str, telephone_id: int) -> ResponseReturnValue:
    customer = find(number)
    telephones.make_primary(customer, telephone_id, by=acting_member())
    return _done(customer, _("This telephone is called first now."))


@contact.post("/telephones/<int:telephone_id>/remove")
@staff_required(Permission.CUSTOMER_MODIFY)
def remove_telephone(number: str, telephone_id: int) -> ResponseReturnValue:
    customer = find(number)
    telephones.remove_telephone(customer, telephone_id, by=acting_member())
    return _done(customer, _("Telephone removed."))


@contact.post("/telephones/verify")
@staff_required(Permission.CUSTOMER_MODIFY)
def verify_telephone(number: str) -> ResponseReturnValue:
    customer, form = find(number), VerifiedForm()
    form.telephone_id.options = [(str(row.id), row.typed) for row in customer.telephones]
    if not form.validate():
        return page(customer, "contact", values=form.typed, errors=form.words), 422
    chosen = int(form.text("telephone_id") or 0)
    telephones.verify_telephone(customer, chosen, where=form.text("where"), by=acting_member())
    return _done(customer, _("Telephone marked as verified."))


@contact.post("/channels")
@staff_required(Permission.CUSTOMER_MODIFY)
def set_consent(number: str) -> ResponseReturnValue:
    """What the customer said to staff, word for word; the newsletter has its own tick and asks in the mailbox."""
    customer, form = find(number), ChannelsForm()
    if not form.validate():
        return page(customer, "consent", values=form.typed, errors=form.words), 422
    wanted = {channel: channel.value in (form.channels.data or []) for channel in KEPT_HERE}
    set_channels(customer, wanted, source=ChannelSource.STAFF, words=form.text("said"), by=acting_member())
    return _done(customer, _("Consent saved."), "consent")


@contact.post("/texted-stop")
@staff_required(Permission.CUSTOMER_MODIFY)
def texted_stop(number: str) -> ResponseReturnValue:
    """A customer told staff, or a telephone of the shop, to stop; the word itself is what was said."""
    customer = find(number)
    stop_texts(customer, source=ChannelSource.STAFF, words="STOP", by=acting_member())
    return _done(customer, _("No text messages any more."), "consent")


def _done(customer: Customer, words: str, tab: str = "contact") -> ResponseReturnValue:
    flash(words, "ok")
    return redirect(f"{PATH}/{customer.number}?tab={tab}", 303)
