"""Your data: download everything we hold, close the account, keep it after all."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import guards
from portal.accounts.errors import WrongPassword
from portal.accounts.forms import CurrentPassword
from portal.accounts.guards import acting_customer, customer_required, fresh_sign_in_required
from portal.accounts.models import Realm
from portal.config import settings
from portal.customers.guards import current_customer
from portal.customers.queries import mailed
from portal.customers.service import closing, persons
from portal.foundation import files
from portal.storefront import everything_held

my_data = Blueprint("my_data", __name__, url_prefix="/account/privacy")


@my_data.get("")
@customer_required
def show() -> ResponseReturnValue:
    customer = current_customer()
    return render_template(
        "storefront/my_data.html",
        closing_at=guards.the_account().closing_at,
        job=everything_held.latest(acting_customer()),
        ready=everything_held.ready(customer),
        days=settings().closing_days,
    )


@my_data.post("/download")
@customer_required
def ask() -> ResponseReturnValue:
    everything_held.ask(current_customer(), by=acting_customer())
    flash(gettext("We’re putting your data together and email you when they are ready."), "ok")
    return redirect(url_for("my_data.show"), 303)


@my_data.get("/files/<int:file_id>")
@customer_required
@fresh_sign_in_required
def fetch(file_id: int) -> ResponseReturnValue:
    row = everything_held.find(current_customer(), file_id)
    if request.method == "GET":  # HEAD hands out nothing
        everything_held.note_fetched(current_customer(), by=acting_customer())
    answer = Response(files.pieces(row), mimetype=row.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=f"my-data-{row.created_at:%Y-%m-%d}.zip")
    answer.content_length = row.size
    return answer


@my_data.get("/mails")
@customer_required
def mails() -> ResponseReturnValue:
    """What was mailed to them, and whether it left; what a mail says is shown in its mailbox alone."""
    person = persons.person_of(current_customer())
    found = mailed.page(person, after=request.args.get("after", ""), before=request.args.get("before", ""))
    return render_template(
        "storefront/mails.html",
        page=found,
        mine=guards.the_account().email_key,
        days=settings().keep_mails,
        previous=url_for(".mails", before=found.before) if found.before else "",
        next=url_for(".mails", after=found.after) if found.after else "",
    )


@my_data.get("/close")
@customer_required
def ask_close() -> ResponseReturnValue:
    return _close_page(CurrentPassword(formdata=None))


@my_data.post("/close")
@customer_required
def close() -> ResponseReturnValue:
    form, account = CurrentPassword(), guards.the_account()
    if not form.validate():
        return _close_page(form), 422
    try:
        handle = closing.ask(account, form.text("current_password"), kept=guards.the_session())
    except WrongPassword as error:
        form.refuse("current_password", error)
        return _close_page(form), 422
    guards.renew(handle, Realm.CUSTOMER)
    return redirect(url_for("my_data.show"), 303)


@my_data.post("/keep")
@customer_required
def keep() -> ResponseReturnValue:
    closing.keep(current_customer(), by=acting_customer())
    flash(gettext("Your account goes on as before."), "ok")
    return redirect(url_for("overview.show"), 303)


def _close_page(form: CurrentPassword) -> str:
    return render_template("storefront/close_account.html", days=settings().closing_days, errors=form.words)
