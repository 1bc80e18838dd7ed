"""Setting up an authenticator app and removing it, in either realm."""

from dataclasses import dataclass

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from portal.accounts import guards
from portal.accounts.errors import WrongCode
from portal.accounts.forms import CodeForm
from portal.accounts.models import Authenticator, Realm
from portal.accounts.rules import totp as rules
from portal.accounts.service import factors, recovery_codes
from portal.accounts.service import totp as service
from portal.config import settings


@dataclass(frozen=True)
class AuthenticatorPages:
    """The pages of a realm: their address, the folder of their templates, and the page that they belong to."""

    realm: Realm
    path: str
    templates: str
    home: str

    def show(self) -> ResponseReturnValue:
        """The app that is on, the one being set up, or what an app is good for."""
        return self._page(CodeForm())

    def begin(self) -> ResponseReturnValue:
        """Make a secret and show it."""
        service.begin(guards.the_account())
        return redirect(self.path, 303)

    def turn_on(self) -> ResponseReturnValue:
        """Take the first code; who has no recovery codes yet gets them at once."""
        account, form = guards.the_account(), CodeForm()
        if service.of(account) is not None:
            return redirect(self.path, 303)
        if not form.validate():
            return self._page(form), 422
        try:
            handle = service.confirm(account, form.text("code"), kept=guards.the_session())
        except WrongCode as error:
            form.refuse("code", error)
            return self._page(form), 422
        codes = [] if recovery_codes.left(account) else factors.make_codes(account)
        guards.renew(handle, self.realm)
        if codes:
            return render_template(f"{self.templates}/codes.html", codes=codes, is_new=True, home=self.home)
        flash(_("Your authenticator app is on. All other devices were signed out."), "ok")
        return redirect(self.home, 303)

    def ask_remove(self) -> ResponseReturnValue:
        """Say what removing the app means."""
        account = guards.the_account()
        if service.of(account) is None:
            return redirect(self.path, 303)
        is_last = factors.of(account).passkeys == 0
        return render_template(f"{self.templates}/remove_app.html", is_last=is_last, path=self.path)

    def remove(self) -> ResponseReturnValue:
        """Turn the app off."""
        handle = service.remove(guards.the_account(), kept=guards.the_session())
        guards.renew(handle, self.realm)
        flash(_("Your authenticator app is removed. All other devices were signed out."), "ok")
        return redirect(self.home, 303)

    def _page(self, form: CodeForm) -> str:
        account = guards.the_account()
        app, begun = service.of(account), service.begun(account)
        return render_template(
            f"{self.templates}/authenticator.html",
            path=self.path,
            home=self.home,
            app=app,
            errors=form.words,
            **(_secret(begun) if app is None and begun is not None else {}),
        )


def _secret(begun: Authenticator) -> dict[str, object]:
    secret = service.secret_of(begun)
    address = rules.address(secret, guards.the_account().email, settings().shop_name)
    picture = rules.picture(address, _("QR code for your authenticator app"))
    # Only our own drawing is in it: the address is drawn, not written.
    return {"picture": Markup(picture), "typed_key": rules.readable(secret)}  # noqa: S704 - see above
