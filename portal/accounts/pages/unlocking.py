"""Unlocking, in either realm: ask for a link that lets this browser in, open it, press its button."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import guards
from portal.accounts.forms import RecoverForm
from portal.accounts.models import Realm
from portal.accounts.service import unlocking as service
from portal.foundation import web
from portal.foundation.errors import DomainError, NotFound


@dataclass(frozen=True)
class UnlockPages:
    """The pages of a realm: the door below which they lie, their templates, and where the session notes the address."""

    realm: Realm
    door: str
    templates: str
    asked_for: str

    @property
    def path(self) -> str:
        """Where the link is asked for."""
        return f"{self.door}/unlock"

    def ask(self) -> ResponseReturnValue:
        """Ask for the address."""
        return self._page("unlock_ask", typed=RecoverForm().typed)

    def request_link(self) -> ResponseReturnValue:
        """Send the link, if there is such an account; the answer is the same if there is none."""
        form = RecoverForm()
        if not form.validate():
            return self._page("unlock_ask", typed=form.typed, errors=form.words), 422
        service.ask(self.realm, form.text("email"), guards.visitor())
        session[self.asked_for] = form.text("email")
        return redirect(f"{self.path}/sent", 303)

    def sent(self) -> ResponseReturnValue:
        """Say where to look for it."""
        email = session.get(self.asked_for)
        return self._page("unlock_sent", email=email) if email else redirect(self.path, 303)

    def show(self, token: str) -> ResponseReturnValue:
        """The page behind the link, whose button alone changes something."""
        return self._page("unlock", email=service.behind(self.realm, token).email)

    def unlock(self, token: str) -> ResponseReturnValue:
        """Make this browser known."""
        guards.remember_device(service.unlock(self.realm, token, guards.visitor()))
        flash(_("This browser is known now. Sign in with your password."), "ok")
        return redirect(self.door, 303)

    def over(self, error: DomainError) -> ResponseReturnValue:
        """Offer a new link where one is unknown, used or too old."""
        status = 404 if isinstance(error, NotFound) else 410
        return web.error_page(status, str(error), (self.path, _("Send a new link")))

    def _page(self, template: str, **known: object) -> str:
        return render_template(f"{self.templates}/{template}.html", **known)
