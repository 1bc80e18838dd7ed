"""Accepting an invitation: a customer whom staff added chooses how to sign in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.errors import EmailTaken
from portal.accounts.guards import visitor
from portal.config import settings
from portal.customers.models import Customer
from portal.foundation import database
from portal.foundation.access import public
from portal.foundation.errors import DomainError, Expired, NotFound
from portal.storefront import service
from portal.storefront.arrival import arrive, link_over
from portal.storefront.forms import InvitationForm

invitation = Blueprint("invitation", __name__, url_prefix="/invitation")


@invitation.get("/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    customer = service.invited_behind(token)
    return _page(customer, InvitationForm(customer))


@invitation.post("/<token>")
@public
def accept(token: str) -> ResponseReturnValue:
    with database.reading():
        customer = service.invited_behind(token)
    form = InvitationForm(customer)
    if not form.validate_on_submit():
        return _page(customer, form), 422
    password = form.password.data or ""
    return arrive(service.accept_invitation(token, password, form.question, form.answer, visitor()))


@invitation.errorhandler(EmailTaken)
@invitation.errorhandler(Expired)
@invitation.errorhandler(NotFound)
def tell(error: DomainError) -> ResponseReturnValue:
    """A link that no longer works; asking for a reset link sends a new invitation."""
    return link_over(error, again="/recover")


def _page(customer: Customer, form: InvitationForm) -> str:
    return render_template(
        "storefront/invitation.html",
        name=customer.first_name,
        email=customer.email,
        v=form.typed,
        errors=form.words,
        minimum=settings().password_min_length,
        questions=form.security_question.choices if "security_question" in form else [],
        question_optional=settings().security_question == "optional",
    )
