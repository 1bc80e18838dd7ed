"""Acts on many customers: the page that says what will happen before it does, and the press that begins it."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import StringField

from portal.backoffice.customers import bulk, bulk_jobs, selection
from portal.backoffice.customers.bulk import ACTS, BY_NAME, Act, Choice
from portal.backoffice.customers.editing import proof
from portal.backoffice.customers.finding import PATH
from portal.backoffice.customers.forms import REASON_LONGEST
from portal.backoffice.customers.selection import Selection
from portal.customers.errors import TagNotTaken
from portal.customers.service import tags
from portal.foundation import form_keys
from portal.foundation.errors import NotFound
from portal.foundation.forms import AtMost, Clean, PortalForm, TextField, tidy
from portal.foundation.text import _, lazy
from portal.staff.guards import acting_member, may, scope, staff_required
from portal.staff.rules import Permission

JOBS = "/staff/jobs"
TYPED_ABOVE = 1000  # people, past which the number is typed in words of one's own

bulk_acts = Blueprint("bulk", __name__, url_prefix=f"{PATH}/bulk")


class BulkForm(PortalForm):
    """What an act asks, and the number of people where they are many."""

    reason = TextField(lazy("Reason"), Clean(), AtMost(REASON_LONGEST))
    to_group = TextField(lazy("Group"))  # not `group`, which is a filter that the form carries along
    tags = TextField(lazy("Tags"))
    to_audience = TextField(lazy("Audience"))
    how_many = TextField(lazy("Number"))
    form_key = StringField(filters=[tidy])


@bulk_acts.app_template_global("bulk_acts")
def offered() -> list[tuple[str, str]]:
    """Words and addresses of the acts that the member at work may do, as the bar of the list takes them."""
    return [(act.label, f"{PATH}/bulk/{act.name}") for act in ACTS if may(act.permission)]


@bulk_acts.get("/<name>")
@staff_required(Permission.CUSTOMER_MODIFY)
def ask(name: str) -> ResponseReturnValue:
    act, chosen = _act(name), selection.read(request.args, scope())
    return _page(act, chosen, BulkForm(formdata=None))


@bulk_acts.post("/<name>")
@staff_required(Permission.CUSTOMER_MODIFY)
def begin(name: str) -> ResponseReturnValue:
    act, chosen, form = _act(name), selection.read(request.form, scope()), BulkForm()
    choice = _choice(act, form) if form.validate() else {}
    if form.words or not _is_meant(chosen, form):
        return _page(act, chosen, form), 422
    key = form_keys.first_use(form.text("form_key"))
    if key is None:
        return redirect(form_keys.led_to(form.text("form_key")) or JOBS, 303)
    job = bulk_jobs.begin(act, choice, chosen, acting_member())
    key.led_to = f"{JOBS}/{job.id}"
    return redirect(key.led_to, 303)


def _act(name: str) -> Act:
    if name not in BY_NAME:
        raise NotFound(_("There is no such act."))
    return BY_NAME[name]


def _page(act: Act, chosen: Selection, form: BulkForm) -> str:
    number = chosen.count()
    return render_template(
        "backoffice/customers/bulk.html",
        act=act,
        chosen=chosen,
        number=number,
        must_type=number > TYPED_ABOVE,
        options=bulk.options(act),
        values=form.typed,
        errors=form.words,
        path=f"{PATH}/bulk/{act.name}",
    )


def _is_meant(chosen: Selection, form: BulkForm) -> bool:
    """Whether nobody does by a slip to thousands what they meant for a few."""
    number = str(chosen.count()) if chosen.is_all else ""
    if not number or int(number) <= TYPED_ABOVE:
        return True
    if "".join(filter(str.isdigit, form.text("how_many"))) == number:
        return True
    form.refuse("how_many", _("Type %(number)s to say that you mean all of them.", number=number))
    return False


def _choice(act: Act, form: BulkForm) -> Choice:
    return _READERS[act.asks](act, form)


def _reason(_act: Act, form: BulkForm) -> Choice:
    if not form.text("reason"):
        form.refuse("reason", _("Enter a reason. Only staff see it."))
    return {"reason": form.text("reason")}


def _group(act: Act, form: BulkForm) -> Choice:
    return _one_of(act, form, "to_group", _("Choose a group."))


def _tags(_act: Act, form: BulkForm) -> Choice:
    try:
        words = tags.words_of(form.text("tags"))
    except TagNotTaken as refusal:
        form.refuse("tags", refusal)
        return {}
    if not words:
        form.refuse("tags", _("Enter a tag."))
    if len(words) > tags.MOST:
        form.refuse("tags", _("A customer has at most %(n)s tags. Enter fewer.", n=tags.MOST))
    return {"tags": ", ".join(words)}


def _audience(act: Act, form: BulkForm) -> Choice:
    seen = proof()
    chosen = _one_of(act, form, "to_audience", _("Choose an audience."))
    return {**chosen, "address": seen.address, "browser": seen.browser}


def _one_of(act: Act, form: BulkForm, name: str, words: str) -> Choice:
    known = dict(bulk.options(act))
    if form.text(name) not in known:
        form.refuse(name, words)
        return {}
    return {name: int(form.text(name)), "named": known[form.text(name)]}


def _nothing(_act: Act, _form: BulkForm) -> dict[str, Any]:
    return {}


_READERS: Mapping[str, Callable[[Act, BulkForm], Choice]] = {
    "": _nothing,
    "reason": _reason,
    "to_group": _group,
    "tags": _tags,
    "to_audience": _audience,
}
