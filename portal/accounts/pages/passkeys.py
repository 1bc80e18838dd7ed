"""The pages where passkeys are kept, in either realm: the list, a new one, its name, and the end of one."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import guards
from portal.accounts.forms import PasskeyNameForm
from portal.accounts.guards import ceremony
from portal.accounts.models import Realm
from portal.accounts.rules.passkeys import MOST
from portal.accounts.service import passkeys as service


@dataclass(frozen=True)
class PasskeyPages:
    """The pages of a realm: their address, the folder of their templates, and the page that they belong to."""

    realm: Realm
    path: str
    templates: str
    home: str

    def show(self) -> ResponseReturnValue:
        """What there is, and the way to one more."""
        rows = service.of(guards.the_account())
        address = ceremony.address_by_name(self.realm)
        return self._page("list", passkeys=rows, most=MOST, address=address, home=self.home)

    def ask_new(self) -> ResponseReturnValue:
        """Ask for a name, and have the script make one; where passkeys don't work, the list says so."""
        if ceremony.relying_party() is None:
            return redirect(self.path, 303)
        return self._page("new", name=guards.describe_browser(request.user_agent.string))

    def ask_name(self, passkey_id: int) -> ResponseReturnValue:
        """Ask for another name."""
        name = service.own(guards.the_account(), passkey_id).name
        return self._name_page(passkey_id, PasskeyNameForm(data={"name": name}))

    def rename(self, passkey_id: int) -> ResponseReturnValue:
        """Take another name."""
        form = PasskeyNameForm()
        if not form.validate():
            return self._name_page(passkey_id, form), 422
        service.rename(service.own(guards.the_account(), passkey_id), form.text("name"))
        flash(_("The name is saved."), "ok")
        return redirect(self.path, 303)

    def ask_remove(self, passkey_id: int) -> ResponseReturnValue:
        """Say what removing it means."""
        account = guards.the_account()
        passkey = service.own(account, passkey_id)
        return self._page("remove", passkey=passkey, is_last=service.is_last_factor(account))

    def remove(self, passkey_id: int) -> ResponseReturnValue:
        """Take it away."""
        handle = service.remove(guards.the_account(), passkey_id, kept=guards.the_session())
        guards.renew(handle, self.realm)
        flash(_("Your passkey is removed. All other devices were signed out."), "ok")
        return redirect(self.path, 303)

    def _name_page(self, passkey_id: int, form: PasskeyNameForm) -> str:
        passkey = service.own(guards.the_account(), passkey_id)
        return self._page("edit", passkey=passkey, typed=form.typed, errors=form.words)

    def _page(self, template: str, **known: object) -> str:
        return render_template(f"{self.templates}/{template}.html", path=self.path, **known)
