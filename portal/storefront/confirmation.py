"""Confirming an address: opening the link shows a button, pressing it makes the account."""

from flask import Blueprint, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.errors import EmailTaken
from portal.accounts.guards import visitor
from portal.accounts.models import Registration
from portal.config import settings
from portal.foundation import database
from portal.foundation.access import public
from portal.foundation.errors import DomainError, Expired, NotFound
from portal.storefront import service
from portal.storefront.arrival import arrive, link_over
from portal.storefront.forms import ConfirmForm, NewPasswordForm, OwnPasswordForm
from portal.storefront.registration import BROWSER, EMAIL

confirmation = Blueprint("confirmation", __name__, url_prefix="/confirm-email")


@confirmation.get("/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    registration = service.waiting_behind(token)
    return _page(registration, _form(registration))


@confirmation.post("/<token>")
@public
def confirm(token: str) -> ResponseReturnValue:
    with database.reading():
        registration = service.waiting_behind(token)
    form = _form(registration)
    if not form.validate_on_submit():
        return _page(registration, form), 422
    if isinstance(form, NewPasswordForm):
        return arrive(service.confirm_with_new_password(token, form.new_password.data or "", visitor()))
    if isinstance(form, OwnPasswordForm) and not service.is_password_of(
        registration, form.password.data or "", visitor()
    ):
        form.refuse("password", gettext("This is not the password chosen at registration. Try again."))
        return _page(registration, form), 422
    return arrive(service.confirm(token, visitor()))


@confirmation.errorhandler(EmailTaken)
@confirmation.errorhandler(Expired)
@confirmation.errorhandler(NotFound)
def tell(error: DomainError) -> ResponseReturnValue:
    """A link that no longer works, with the way to a new one."""
    return link_over(error, email=session.get(EMAIL, ""), again="/confirm-email")


def _form(registration: Registration) -> ConfirmForm | OwnPasswordForm | NewPasswordForm:
    """What this browser has to show: nothing, the password, or that it chooses a new one."""
    if "new" in request.args:
        return NewPasswordForm(registration)
    return ConfirmForm() if service.knows(registration, session.get(BROWSER)) else OwnPasswordForm()


def _page(registration: Registration, form: ConfirmForm | OwnPasswordForm | NewPasswordForm) -> str:
    return render_template(
        "storefront/confirm_email.html",
        email=registration.email,
        way=form.way,
        errors=form.words,
        minimum=settings().password_min_length,
    )
