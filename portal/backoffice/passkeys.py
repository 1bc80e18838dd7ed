"""Passkeys of staff: what the scripts of pages ask and answer, and the pages where passkeys are kept."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import guards
from portal.accounts.forms import PasskeyNameForm
from portal.accounts.guards import ceremony, fresh_sign_in_required
from portal.accounts.models import Realm
from portal.accounts.rules.passkeys import MOST, Purpose
from portal.accounts.service import passkey_proofs as proofs
from portal.accounts.service import passkeys as service
from portal.backoffice.door import HOME, arrive
from portal.foundation.access import public
from portal.staff.guards import staff_required

PAGES = "/staff/me/passkeys"

staff_passkeys = Blueprint("staff_passkeys", __name__, url_prefix="/staff/passkeys")
staff_passkey_pages = Blueprint("staff_passkey_pages", __name__, url_prefix=PAGES)


@staff_passkeys.post("/sign-in/options")
@public
def ask_sign_in() -> ResponseReturnValue:
    return proofs.ask(Purpose.SIGN_IN, ceremony.place(), guards.visitor())


@staff_passkeys.post("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    said = ceremony.said()
    outcome = proofs.sign_in(ceremony.place(), said.credential, guards.visitor())
    if outcome.handle is None:
        return ceremony.refuse()
    return ceremony.lead_to(arrive(outcome, target=said.target))


@staff_passkeys.post("/second-step/options")
@public
def ask_second_step() -> ResponseReturnValue:
    flow, _remember, _target = ceremony.second_step()
    return proofs.ask(Purpose.SECOND_STEP, ceremony.place(), guards.visitor(), flow.account)


@staff_passkeys.post("/second-step")
@public
def second_step() -> ResponseReturnValue:
    said = ceremony.said()
    flow, _remember, target = ceremony.second_step()
    outcome = proofs.second_step(flow, ceremony.place(), said.credential, guards.visitor())
    if outcome.handle is None:
        return ceremony.refuse()
    guards.finish_second_step(Realm.STAFF)
    return ceremony.lead_to(arrive(outcome, target=target))


@staff_passkeys.post("/confirm/options")
@staff_required()
def ask_confirm() -> ResponseReturnValue:
    return proofs.ask(Purpose.CONFIRM, ceremony.place(), guards.visitor(), guards.the_account())


@staff_passkeys.post("/confirm")
@staff_required()
def confirm() -> ResponseReturnValue:
    said = ceremony.said()
    handle = proofs.confirm(guards.the_session(), ceremony.place(), said.credential, guards.visitor())
    if handle is None:
        return ceremony.refuse()
    ceremony.enter_anew(handle)
    return ceremony.lead_to(ceremony.page_after(said.target, HOME))


@staff_passkeys.post("/add/options")
@staff_required()
@fresh_sign_in_required
def ask_add() -> ResponseReturnValue:
    return service.ask_to_make(guards.the_account(), ceremony.place())


@staff_passkeys.post("/add")
@staff_required()
@fresh_sign_in_required
def add() -> ResponseReturnValue:
    return ceremony.keep(PAGES)


@staff_passkey_pages.get("")
@staff_required()
def show() -> ResponseReturnValue:
    return render_template("accounts/passkeys/list.html", passkeys=service.of(guards.the_account()), most=MOST)


@staff_passkey_pages.get("/new")
@staff_required()
@fresh_sign_in_required
def ask_new() -> ResponseReturnValue:
    name = guards.describe_browser(request.user_agent.string)
    return render_template("accounts/passkeys/new.html", name=name)


@staff_passkey_pages.get("/<int:passkey_id>/edit")
@staff_required()
def ask_name(passkey_id: int) -> ResponseReturnValue:
    return _name_page(passkey_id, PasskeyNameForm(data={"name": service.own(guards.the_account(), passkey_id).name}))


@staff_passkey_pages.post("/<int:passkey_id>/edit")
@staff_required()
def rename(passkey_id: int) -> ResponseReturnValue:
    form = PasskeyNameForm()
    if not form.validate():
        return _name_page(passkey_id, form), 422
    service.rename(service.own(guards.the_account(), passkey_id), form.text("name"))
    flash(_("The name is saved."), "ok")
    return redirect(PAGES, 303)


@staff_passkey_pages.get("/<int:passkey_id>/remove")
@staff_required()
@fresh_sign_in_required
def ask_remove(passkey_id: int) -> ResponseReturnValue:
    passkey = service.own(guards.the_account(), passkey_id)
    return render_template("accounts/passkeys/remove.html", passkey=passkey)


@staff_passkey_pages.post("/<int:passkey_id>/remove")
@staff_required()
@fresh_sign_in_required
def remove(passkey_id: int) -> ResponseReturnValue:
    service.remove(guards.the_account(), passkey_id, row=guards.the_session())
    flash(_("The passkey is removed. All other devices were signed out."), "ok")
    return redirect(PAGES, 303)


def _name_page(passkey_id: int, form: PasskeyNameForm) -> str:
    passkey = service.own(guards.the_account(), passkey_id)
    return render_template("accounts/passkeys/edit.html", passkey=passkey, typed=form.typed, errors=form.words)
