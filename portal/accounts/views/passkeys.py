"""Passkeys of customers: what the scripts of pages ask and answer, and the pages where passkeys are kept."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import guards
from portal.accounts.forms import PasskeyNameForm
from portal.accounts.guards import ceremony, customer_required, fresh_sign_in_required
from portal.accounts.models import Realm
from portal.accounts.rules.passkeys import MOST, Purpose
from portal.accounts.service import passkey_proofs as proofs
from portal.accounts.service import passkeys as service
from portal.accounts.views.signing_in import HOME, arrive
from portal.foundation.access import public

PAGES = "/account/security/passkeys"

passkeys = Blueprint("passkeys", __name__, url_prefix="/passkeys")
passkey_pages = Blueprint("passkey_pages", __name__, url_prefix=PAGES)


@passkeys.post("/sign-in/options")
@public
def ask_sign_in() -> ResponseReturnValue:
    return proofs.ask(Purpose.SIGN_IN, ceremony.place(), guards.visitor())


@passkeys.post("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    said = ceremony.said()
    outcome = proofs.sign_in(ceremony.place(), said.credential, guards.visitor(), remember=said.remember)
    if outcome.handle is None:
        return ceremony.refuse()
    return ceremony.lead_to(arrive(outcome, remember=said.remember, target=said.target))


@passkeys.post("/second-step/options")
@public
def ask_second_step() -> ResponseReturnValue:
    flow, _remember, _target = ceremony.second_step()
    return proofs.ask(Purpose.SECOND_STEP, ceremony.place(), guards.visitor(), flow.account)


@passkeys.post("/second-step")
@public
def second_step() -> ResponseReturnValue:
    said = ceremony.said()
    flow, remember, target = ceremony.second_step()
    outcome = proofs.second_step(flow, ceremony.place(), said.credential, guards.visitor(), remember=remember)
    if outcome.handle is None:
        return ceremony.refuse()
    guards.finish_second_step(Realm.CUSTOMER)
    return ceremony.lead_to(arrive(outcome, remember=remember, target=target))


@passkeys.post("/confirm/options")
@customer_required
def ask_confirm() -> ResponseReturnValue:
    return proofs.ask(Purpose.CONFIRM, ceremony.place(), guards.visitor(), guards.the_account())


@passkeys.post("/confirm")
@customer_required
def confirm() -> ResponseReturnValue:
    said = ceremony.said()
    handle = proofs.confirm(guards.the_session(), ceremony.place(), said.credential, guards.visitor())
    if handle is None:
        return ceremony.refuse()
    ceremony.enter_anew(handle)
    return ceremony.lead_to(ceremony.page_after(said.target, HOME))


@passkeys.post("/add/options")
@customer_required
@fresh_sign_in_required
def ask_add() -> ResponseReturnValue:
    return service.ask_to_make(guards.the_account(), ceremony.place())


@passkeys.post("/add")
@customer_required
@fresh_sign_in_required
def add() -> ResponseReturnValue:
    return ceremony.keep(PAGES)


@passkey_pages.get("")
@customer_required
def show() -> ResponseReturnValue:
    return render_template("accounts/passkeys/list.html", passkeys=service.of(guards.the_account()), most=MOST)


@passkey_pages.get("/new")
@customer_required
@fresh_sign_in_required
def ask_new() -> ResponseReturnValue:
    name = guards.describe_browser(request.user_agent.string)
    return render_template("accounts/passkeys/new.html", name=name)


@passkey_pages.get("/<int:passkey_id>/edit")
@customer_required
def ask_name(passkey_id: int) -> ResponseReturnValue:
    return _name_page(passkey_id, PasskeyNameForm(data={"name": service.own(guards.the_account(), passkey_id).name}))


@passkey_pages.post("/<int:passkey_id>/edit")
@customer_required
def rename(passkey_id: int) -> ResponseReturnValue:
    form = PasskeyNameForm()
    if not form.validate():
        return _name_page(passkey_id, form), 422
    service.rename(service.own(guards.the_account(), passkey_id), form.text("name"))
    flash(_("The name is saved."), "ok")
    return redirect(PAGES, 303)


@passkey_pages.get("/<int:passkey_id>/remove")
@customer_required
@fresh_sign_in_required
def ask_remove(passkey_id: int) -> ResponseReturnValue:
    passkey = service.own(guards.the_account(), passkey_id)
    return render_template("accounts/passkeys/remove.html", passkey=passkey)


@passkey_pages.post("/<int:passkey_id>/remove")
@customer_required
@fresh_sign_in_required
def remove(passkey_id: int) -> ResponseReturnValue:
    service.remove(guards.the_account(), passkey_id, row=guards.the_session())
    flash(_("The passkey is removed. All other devices were signed out."), "ok")
    return redirect(PAGES, 303)


def _name_page(passkey_id: int, form: PasskeyNameForm) -> str:
    passkey = service.own(guards.the_account(), passkey_id)
    return render_template("accounts/passkeys/edit.html", passkey=passkey, typed=form.typed, errors=form.words)
