"""The waiting page: how an application stands that opens the door; answering, withdrawing, applying again."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.guards import acting_customer, applicant_required, enter, the_account, the_session, visitor
from portal.accounts.models import Account, Hold, Realm, SessionKind
from portal.accounts.service import sessions
from portal.customers import custom_queries
from portal.customers import queries as customers
from portal.customers.custom_forms import LARGEST_BODY
from portal.customers.models import Customer
from portal.customers.service import custom_values
from portal.foundation import uploads
from portal.foundation.errors import NotFound
from portal.foundation.pages import moment
from portal.groups import pages, rules
from portal.groups import queries as groups
from portal.groups.forms import AnswerForm, ApplyForm
from portal.groups.models import Application, ApplicationState
from portal.groups.service import applications

waiting = Blueprint("waiting", __name__, url_prefix="/waiting")


@waiting.get("")
@applicant_required
def show() -> ResponseReturnValue:
    return _page()


@waiting.post("/answer")
@uploads.takes_files(LARGEST_BODY)
@applicant_required
def answer() -> ResponseReturnValue:
    _, application = _wish(the_account())
    form = AnswerForm(application)
    if not form.validate():
        return _page(answers=form), 422
    applications.answer(application.id, form.text("answer"), by=acting_customer(), answers=form.questions.answers)
    flash(gettext("Thank you. We go on with your application."), "ok")
    return redirect(url_for("waiting.show"), 303)


@waiting.post("/apply")
@uploads.takes_files(LARGEST_BODY)
@applicant_required
def apply() -> ResponseReturnValue:
    """Apply again, for the same group or another, after a no."""
    customer, _application = _wish(the_account())
    form = ApplyForm(customer, pages.open_offers(customer))
    if not form.validate():
        return _page(form), 422
    try:
        row = pages.send(form, customer, by=acting_customer())
    except pages.REFUSALS as refusal:
        form.refuse("group", refusal)
        return _page(form), 409
    if row is not None:
        flash(gettext("Application sent. We email you the moment it’s decided."), "ok")
    return redirect(url_for("waiting.show"), 303)


@waiting.post("/withdraw")
@applicant_required
def withdraw() -> ResponseReturnValue:
    account = the_account()
    _, application = _wish(account)
    applications.withdraw(application, by=acting_customer())
    return _go_on(account, gettext("Application withdrawn. Your account is ready."))


@waiting.post("/continue")
@applicant_required
def go_on() -> ResponseReturnValue:
    account = the_account()
    if account.held_for is not None:
        return redirect(url_for("waiting.show"), 303)
    return _go_on(account, gettext("Welcome. Your account is ready."))


def _page(form: ApplyForm | None = None, *, answers: AnswerForm | None = None) -> str:
    account = the_account()
    customer, application = _wish(account)
    offers = pages.offers(customer) if account.held_for is Hold.DECLINED else []
    form = form or ApplyForm(customer, [offer.group for offer in offers if not offer.why_not], formdata=None)
    answers = answers or AnswerForm(application, formdata=None)
    return render_template(
        "storefront/waiting.html",
        held=account.held_for,
        application=application,
        email=account.email,
        steps=_steps(account, application),
        facts=_facts(customer, application),
        promise=rules.promise(application.group.answer_within),
        question=pages.question_of(application),
        story=pages.story(application),
        offers=offers,
        apply_form=form,
        answer_form=answers,
        told=custom_values.told(custom_queries.answers_of(application.id)),
        typed=form.typed | answers.typed,
        errors=form.words | answers.words,
        longest=rules.LONGEST_MESSAGE,
    )


def _go_on(account: Account, words: str) -> ResponseReturnValue:
    """Nothing holds the account any more: this session becomes a whole one."""
    row = the_session()
    sessions.end_session(row.id, "let in")
    whole = sessions.open_session(
        account,
        SessionKind.CUSTOMER,
        visitor(),
        methods=row.methods,
        device_id=row.device_id,
        authenticated_at=row.authenticated_at,  # to be let in proves nothing anew
    )
    enter(whole, Realm.CUSTOMER)
    flash(words, "ok")
    return redirect(url_for("overview.show"), 303)


def _wish(account: Account) -> tuple[Customer, Application]:
    customer = customers.by_account(account.id)
    application = groups.latest_application(customer.id) if customer else None
    if customer is None or application is None:
        raise NotFound(gettext("There is no application of yours."))
    return customer, application


def _steps(account: Account, application: Application) -> list[dict[str, str]]:
    group = application.group.name
    confirmed = moment(account.email_confirmed_at) if account.email_confirmed_at else ""
    steps = [{"state": "done", "what": gettext("Email confirmed"), "text": confirmed}]
    if account.held_for is Hold.DECLINED:
        when = moment(application.decided_at) if application.decided_at else ""
        return [*steps, {"state": "stop", "what": gettext("Not approved"), "text": when}]
    decided = account.held_for is None
    within = rules.promise(application.group.answer_within)
    text = "" if decided else gettext("A person of our team looks at it, usually within %(time)s.", time=within)
    checked = {"state": "done" if decided else "now", "what": gettext("We check what you told us"), "text": text}
    if application.state is ApplicationState.NEEDS_INFORMATION:
        checked |= {"what": gettext("We asked you something"), "text": gettext("We go on when your answer is there.")}
    text = "" if decided else gettext("We email you the moment it’s decided.")
    in_group = {"state": "now" if decided else "next", "what": gettext("You use your account"), "text": text}
    if application.state is ApplicationState.APPROVED or not decided:
        in_group["what"] = gettext("You use your account in the group %(group)s", group=group)
    return [*steps, checked, in_group]


def _facts(customer: Customer, application: Application) -> list[dict[str, str]]:
    facts = [
        {"label": gettext("Customer group"), "value": application.group.name},
        {"label": gettext("Name"), "value": customer.name},
        {"label": gettext("Email"), "value": customer.email},
    ]
    if customer.telephone:
        facts.append({"label": gettext("Telephone"), "value": customer.telephone.typed})
    return [*facts, {"label": gettext("Sent"), "value": moment(application.submitted_at)}]
