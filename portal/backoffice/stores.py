"""Stores: listed, opened, changed, retired."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required
from portal.backoffice import acts, listing
from portal.backoffice.staff_forms import NewStoreForm, StoreForm
from portal.config import settings
from portal.customers import queries as customers
from portal.foundation import form_keys
from portal.foundation.errors import NotFound
from portal.foundation.text import _, plural
from portal.staff import queries as staff
from portal.staff.guards import acting_member, staff_required, stores_for
from portal.staff.rules import Permission
from portal.stores import queries, service
from portal.stores.errors import CodeTaken, StoreChangedMeanwhile
from portal.stores.models import ONLINE, Store

PATH = "/staff/stores"
ONE = "/<int:store_id>"
FIELDS = ("name", "address", "time_zone", "currency")

stores = Blueprint("stores", __name__, url_prefix=PATH)


@stores.get("")
@staff_required(Permission.STORE_VIEW)
def show() -> ResponseReturnValue:
    return render_template(
        "backoffice/stores/list.html", stores=queries.every(), members=staff.members_by_store(), online=ONLINE
    )


@stores.get("/new")
@staff_required(Permission.STORE_MODIFY)
def ask() -> ResponseReturnValue:
    own = settings()
    usual = {"time_zone": own.shop_time_zone, "currency": own.shop_currency}
    return _form_page(NewStoreForm(formdata=None, data=usual))


@stores.post("/new")
@staff_required(Permission.STORE_MODIFY)
def add() -> ResponseReturnValue:
    form = NewStoreForm()
    if not form.validate():
        return _form_page(form), 422
    key = form_keys.first_use(form.text("form_key"))
    if key is None:
        return redirect(PATH, 303)
    try:
        store = service.add_store(form.text("code"), form.facts, by=acting_member())
    except CodeTaken as refusal:
        form_keys.give_back(key)
        form.refuse("code", refusal)
        return _form_page(form), 422
    flash(_("%(name)s is open.", name=store.name), "ok")
    return redirect(PATH, 303)


@stores.get(ONE)
@staff_required(Permission.STORE_VIEW)
def edit(store_id: int) -> ResponseReturnValue:
    store = _found(store_id)
    return _form_page(StoreForm(formdata=None, obj=store), store)


@stores.post(ONE)
@staff_required(Permission.STORE_MODIFY)
def save(store_id: int) -> ResponseReturnValue:
    form, store = StoreForm(), _found(store_id)
    if not form.validate():
        return _form_page(form, store), 422
    try:
        service.change_store(store_id, form.facts, version=form.version.data or 0, by=acting_member())
    except StoreChangedMeanwhile as refusal:
        return _both_versions(form, store, str(refusal)), 409
    flash(_("%(name)s saved.", name=store.name), "ok")
    return redirect(PATH, 303)


@stores.get(f"{ONE}/retire")
@staff_required(Permission.STORE_MODIFY)
def ask_retire(store_id: int) -> ResponseReturnValue:
    store = _found(store_id)
    return render_template("backoffice/stores/retire.html", store=store, path=_path(store), stays=_stays(store))


@stores.post(f"{ONE}/retire")
@staff_required(Permission.STORE_MODIFY)
def retire(store_id: int) -> ResponseReturnValue:
    store = service.retire(store_id, by=acting_member())
    flash(_("%(name)s is retired.", name=store.name) + " " + " ".join(_stays(store)), "ok")
    return redirect(PATH, 303)


@stores.post(f"{ONE}/reopen")
@staff_required(Permission.STORE_MODIFY)
@fresh_sign_in_required
def reopen(store_id: int) -> ResponseReturnValue:
    store = service.reopen(store_id, by=acting_member())
    flash(_("%(name)s is open again.", name=store.name), "ok")
    return redirect(PATH, 303)


def _found(store_id: int) -> Store:
    store = queries.by_id(store_id)
    if store is None:
        raise NotFound(_("This store doesn’t exist. Look in the list of stores."))
    return store


def _path(store: Store) -> str:
    return url_for("stores.edit", store_id=store.id)


def _stays(store: Store) -> list[str]:
    """What retiring a store leaves as it is, counted."""
    buyers, members = customers.count(customers.of_store(store.id)), staff.members_by_store().get(store.id, 0)
    return [
        plural("%(n)s customer keeps it.", "%(n)s customers keep it.", buyers, n=listing.figure(buyers)),
        plural(
            "%(num)s member has a role for it alone, which brings nothing while it is retired.",
            "%(num)s members have a role for it alone, which brings nothing while it is retired.",
            members,
        ),
    ]


def _form_page(form: StoreForm, store: Store | None = None) -> str:
    reach = stores_for(Permission.CUSTOMER_VIEW)
    counted = store is not None and (reach is None or store.id in reach)
    return render_template(
        "backoffice/stores/edit.html",
        store=store,
        form=form,
        typed=form.typed,
        errors=form.words,
        path=_path(store) if store else PATH,
        buyers=listing.figure(customers.count(customers.of_store(store.id))) if store and counted else "",
        members=staff.members_by_store().get(store.id, 0) if store else 0,
        online=ONLINE,
    )


def _both_versions(form: StoreForm, store: Store, message: str) -> str:
    mine = form.typed
    return render_template(
        "errors/conflict.html",
        section="stores",
        title=_("Saved by somebody else"),
        message=message,
        rows=[{"label": acts.field(name), "yours": mine[name], "theirs": getattr(store, name)} for name in FIELDS],
        form=[*((name, mine[name]) for name in FIELDS), ("version", store.version)],
        back=_path(store),
    )
