"""My groups: whose terms I have, what I may join or apply for, and how my applications stand."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import acting_customer, customer_required
from portal.customers.custom_forms import LARGEST_BODY
from portal.customers.guards import current_customer
from portal.foundation import uploads
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.groups import pages, queries, rules
from portal.groups.forms import AnswerForm, ApplyForm
from portal.groups.models import Application, CustomerGroup
from portal.groups.service import applications, memberships

own_groups = Blueprint("own_groups", __name__, url_prefix="/account/groups")
blueprints = (own_groups,)


@own_groups.get("")
@customer_required
def show() -> ResponseReturnValue:
    return _page()


@own_groups.post("/apply")
@uploads.takes_files(LARGEST_BODY)
@customer_required
def apply() -> ResponseReturnValue:
    customer = current_customer()
    form = ApplyForm(customer, pages.open_offers(customer))
    if not form.validate():
        return _page(form), 422
    try:
        row = pages.send(form, customer, by=acting_customer())
    except pages.REFUSALS as refusal:
        form.refuse("group", refusal)
        return _page(form), 409
    if row is None:
        return _back()
    return _back(_("Application for %(group)s sent. We email you the moment it’s decided.", group=row.group.name))


@own_groups.post("/<int:group_id>/join")
@customer_required
def join(group_id: int) -> ResponseReturnValue:
    group = memberships.join_freely(current_customer(), group_id, by=acting_customer())
    return _back(_("You’re in the group %(group)s.", group=group.name))


@own_groups.post("/<int:group_id>/prefer")
@customer_required
def prefer(group_id: int) -> ResponseReturnValue:
    group = memberships.choose(current_customer(), group_id, by=acting_customer())
    return _back(_("You have the terms of %(group)s now.", group=group.name))


@own_groups.get("/<int:group_id>/leave")
@customer_required
def ask_leave(group_id: int) -> ResponseReturnValue:
    group = _mine(group_id)
    standing = queries.preferred_group(current_customer().id)
    return render_template(
        "groups/leave.html",
        group=group,
        loses_terms=standing is not None and standing.id == group.id,
        default=queries.default_group(),
    )


@own_groups.post("/<int:group_id>/leave")
@customer_required
def leave(group_id: int) -> ResponseReturnValue:
    group = memberships.leave(current_customer(), group_id, by=acting_customer())
    return _back(_("You left the group %(group)s.", group=group.name))


@own_groups.post("/applications/<int:application_id>/answer")
@uploads.takes_files(LARGEST_BODY)
@customer_required
def answer(application_id: int) -> ResponseReturnValue:
    row = _own(application_id)
    form = AnswerForm(row)
    if not form.validate():
        return _page(answers=form), 422
    applications.answer(row.id, form.text("answer"), by=acting_customer(), answers=form.questions.answers)
    return _back(_("Thank you. We go on with your application."))


@own_groups.post("/applications/<int:application_id>/withdraw")
@customer_required
def withdraw(application_id: int) -> ResponseReturnValue:
    row = _own(application_id)
    applications.withdraw(row, by=acting_customer())
    return _back(_("Application for %(group)s withdrawn.", group=row.group.name))


def _own(application_id: int) -> Application:
    row = queries.application(application_id)
    if row is None or row.customer_id != current_customer().id:
        raise NotFound(_("There is no such application of yours."))
    return row


def _mine(group_id: int) -> CustomerGroup:
    found = (row.group for row in queries.memberships(current_customer().id) if row.group_id == group_id)
    group = next(found, None)
    if group is None or group.is_default:
        raise NotFound(_("There is no such group to leave."))
    return group


def _back(words: str = "") -> ResponseReturnValue:
    if words:
        flash(words, "ok")
    return redirect(url_for("own_groups.show"), 303)


def _page(form: ApplyForm | None = None, *, answers: AnswerForm | None = None) -> str:
    customer = current_customer()
    asked = queries.applications(customer.id)
    waiting = next((row for row in asked if row.waits), None)
    form = form or ApplyForm(customer, pages.open_offers(customer), formdata=None)
    answers = answers or AnswerForm(waiting, formdata=None)
    return render_template(
        "groups/own.html",
        memberships=queries.memberships(customer.id),
        waiting=waiting,
        question=pages.question_of(waiting),
        story=pages.story(waiting) if waiting else [],
        promise=rules.promise(waiting.group.answer_within) if waiting else "",
        offers=pages.offers(customer),
        apply_form=form,
        answer_form=answers,
        free=pages.free(customer),
        earlier=[(row, rules.words_of(row.state), pages.story(row)) for row in asked if not row.waits],
        typed=form.typed | answers.typed,
        errors=form.words | answers.words,
        longest=rules.LONGEST_MESSAGE,
    )
