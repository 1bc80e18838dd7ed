"""What staff do to a customer besides editing: disable, enable, send a link or a mail again, sign them out."""

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.models import Account
from portal.accounts.service import devices, recovery
from portal.audit.service import record
from portal.backoffice.customers import saving
from portal.backoffice.customers.editing import find
from portal.backoffice.customers.finding import PATH
from portal.backoffice.customers.forms import ReasonForm
from portal.customers.models import Customer
from portal.customers.queries import mailed
from portal.customers.service import invitations, known_by, status
from portal.customers.service.records import subject
from portal.foundation.errors import Conflict, NotFound
from portal.foundation.forms import PortalForm
from portal.foundation.text import _
from portal.mail import service as mail_service
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

acting = Blueprint("customer_acts", __name__, url_prefix=f"{PATH}/<number>")


@acting.get("/disable")
@staff_required(Permission.CUSTOMER_MODIFY)
def ask_disable(number: str) -> ResponseReturnValue:
    return _ask_reason(find(number), ReasonForm(formdata=None))


@acting.post("/disable")
@staff_required(Permission.CUSTOMER_MODIFY)
def disable(number: str) -> ResponseReturnValue:
    customer, form = find(number), ReasonForm()
    if not form.validate():
        return _ask_reason(customer, form), 422
    status.disable(customer, form.reason.data or "", acting_member())
    return _done(customer, _("%(name)s is disabled and signed out everywhere.", name=customer.name))


@acting.get("/enable")
@staff_required(Permission.CUSTOMER_MODIFY)
def ask_enable(number: str) -> ResponseReturnValue:
    customer = find(number)
    return render_template("backoffice/customers/enable.html", customer=customer, path=_path(customer))


@acting.post("/enable")
@staff_required(Permission.CUSTOMER_MODIFY)
def enable(number: str) -> ResponseReturnValue:
    customer = find(number)
    saving.enable(customer, by=acting_member())
    return _done(customer, _("%(name)s is enabled.", name=customer.name))


@acting.post("/reset-link")
@staff_required(Permission.CUSTOMER_MODIFY)
def send_link(number: str) -> ResponseReturnValue:
    """A reset link for somebody with an account, the invitation for somebody without."""
    customer = find(number)
    account = customer.account
    if account is None:
        invitations.invite(customer, acting_member())
        return _done(customer, _("An invitation is on its way to %(email)s.", email=customer.email))
    if not account.is_enabled:
        raise Conflict(_("%(name)s is disabled. Enable the customer first.", name=customer.name))
    recovery.send_reset_link(account, acting_member())
    return _done(customer, _("A reset link is on its way to %(email)s.", email=account.email))


@acting.post("/mails/<int:message_id>/again")
@staff_required(Permission.OUTBOX_RESEND)
def send_again(number: str, message_id: int) -> ResponseReturnValue:
    customer = find(number)
    message = mailed.one(known_by.all_of(customer), message_id)
    if message is None or message.to_key != customer.email_key:
        raise NotFound(_("This mail no longer exists."))
    mail_service.send_again(message)
    record("customer.mail_sent_again", subject(customer), by=acting_member())
    return _done(customer, _("The mail to %(to)s is on its way again.", to=message.to), tab="mails")


@acting.post("/sign-out")
@staff_required(Permission.CUSTOMER_MODIFY)
def sign_out(number: str) -> ResponseReturnValue:
    customer = find(number)
    account: Account | None = customer.account
    if account is not None:
        devices.sign_out_everywhere(account)
        record("customer.signed_out", subject(customer), by=acting_member())
    return _done(customer, _("%(name)s is signed out everywhere.", name=customer.name), tab="security")


def _ask_reason(customer: Customer, form: PortalForm) -> str:
    return render_template(
        "backoffice/customers/disable.html",
        customer=customer,
        path=_path(customer),
        values=form.typed,
        errors=form.words,
    )


def _done(customer: Customer, words: str, tab: str = "") -> ResponseReturnValue:
    flash(words, "ok")
    return redirect(_path(customer) + (f"?tab={tab}" if tab else ""), 303)


def _path(customer: Customer) -> str:
    return f"{PATH}/{customer.number}"
