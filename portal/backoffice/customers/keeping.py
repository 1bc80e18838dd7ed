"""What a member keeps of the list: the columns they look at, and filters under names of their own."""

from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField

from portal.backoffice import listing
from portal.backoffice.customers import columns
from portal.backoffice.customers.finding import PATH, Looked, look
from portal.foundation.errors import Conflict
from portal.foundation.forms import PortalForm, Required, TextField
from portal.foundation.text import _, lazy
from portal.staff import saved_views
from portal.staff.guards import staff_required, the_member
from portal.staff.rules import Permission

keeping = Blueprint("kept_views", __name__, url_prefix=PATH)


class ViewForm(PortalForm):
    """A name for a view, and whether it keeps the columns of now."""

    name = TextField(lazy("Name"), Required(lazy("Enter a name")), most=saved_views.LONGEST)
    with_columns = BooleanField(lazy("Keep the columns of now with it"))


@keeping.get("/columns")
@staff_required(Permission.CUSTOMER_VIEW)
def ask_columns() -> ResponseReturnValue:
    return _columns_page(look())


@keeping.post("/columns")
@staff_required(Permission.CUSTOMER_VIEW)
def save_columns() -> ResponseReturnValue:
    looked, names = look(), request.form.getlist("columns")
    wanted = [column.name for column in columns.COLUMNS if column.name in names]
    if len(wanted) >= columns.MOST:
        words = _("Choose %(n)s columns or fewer, so that they fit beside the name", n=columns.MOST - 1)
        return _columns_page(looked, wanted, {"columns": words}), 422
    saved_views.choose_columns(the_member(), tuple(wanted))
    flash(_("Columns saved.") if wanted else _("The list has its usual columns again."), "ok")
    return redirect(_list_of(looked), 303)


@keeping.get("/views")
@staff_required(Permission.CUSTOMER_VIEW)
def show_views() -> ResponseReturnValue:
    return _views_page(look(), ViewForm(formdata=None))


@keeping.post("/views")
@staff_required(Permission.CUSTOMER_VIEW)
def save_view() -> ResponseReturnValue:
    looked, form = look(), ViewForm()
    if not form.validate():
        return _views_page(looked, form), 422
    names = tuple(column.name for column in looked.columns) if form.with_columns.data else ()
    try:
        row = saved_views.save(the_member(), form.text("name"), _query(looked), names)
    except Conflict as refusal:
        form.refuse("name", refusal)
        return _views_page(looked, form), 422
    flash(_("View %(name)s saved.", name=row.name), "ok")
    return redirect(_opened(row.id, row.query), 303)


@keeping.get("/views/<int:view>")
@staff_required(Permission.CUSTOMER_VIEW)
def edit_view(view: int) -> ResponseReturnValue:
    row = saved_views.find(the_member().id, view)
    return _view_page(ViewForm(formdata=None, data={"name": row.name}), row.id, row.name)


@keeping.post("/views/<int:view>")
@staff_required(Permission.CUSTOMER_VIEW)
def rename_view(view: int) -> ResponseReturnValue:
    form, row = ViewForm(), saved_views.find(the_member().id, view)
    before = row.name
    if not form.validate():
        return _view_page(form, row.id, before), 422
    try:
        saved_views.rename(row, form.text("name"))
    except Conflict as refusal:
        form.refuse("name", refusal)
        return _view_page(form, view, before), 422
    flash(_("View %(name)s saved.", name=row.name), "ok")
    return redirect(url_for(".show_views"), 303)


@keeping.post("/views/<int:view>/delete")
@staff_required(Permission.CUSTOMER_VIEW)
def delete_view(view: int) -> ResponseReturnValue:
    name = saved_views.delete(the_member().id, view)
    flash(_("View %(name)s deleted.", name=name), "ok")
    return redirect(url_for(".show_views"), 303)


def _columns_page(looked: Looked, ticked: list[str] | None = None, errors: dict[str, str] | None = None) -> str:
    shown = [column.name for column in looked.columns] if ticked is None else ticked
    return render_template(
        "backoffice/customers/columns.html",
        choices=[(column.name, column.label) for column in columns.COLUMNS],
        shown=shown,
        most=columns.MOST - 1,
        errors=errors or {},
        back=_list_of(looked),
    )


def _views_page(looked: Looked, form: ViewForm) -> str:
    return render_template(
        "backoffice/customers/views.html",
        typed=form.typed,
        errors=form.words,
        views=[(one, _opened(one.id, one.query)) for one in looked.views],
        said=list(looked.sought.said.values()),
        back=_list_of(looked),
    )


def _view_page(form: ViewForm, view: int, name: str) -> str:
    return render_template("backoffice/customers/view.html", typed=form.typed, errors=form.words, view=view, name=name)


def _query(looked: Looked) -> str:
    """The filters and the order as they stand in an address, and nothing that is unknown."""
    return urlencode({name: value for name, value in looked.sought.values.items() if name != "view"})


def _opened(view: int, query: str) -> str:
    return f"{PATH}?{query}&view={view}" if query else f"{PATH}?view={view}"


def _list_of(looked: Looked) -> str:
    return listing.address(PATH, looked.sought.values)
