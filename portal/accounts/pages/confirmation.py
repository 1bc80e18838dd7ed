"""Step-up of either realm: the password once more, and a code where one is asked."""

from dataclasses import dataclass

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts import guards
from portal.accounts.errors import WrongCode, WrongPassword
from portal.accounts.forms import ConfirmForm
from portal.accounts.guards import resuming
from portal.accounts.guards.fresh import LAYOUT
from portal.accounts.guards.resuming import Kept
from portal.accounts.models import Realm
from portal.accounts.pages.second_step import kinds_of_code, wrong_code
from portal.accounts.service import confirming as service


@dataclass(frozen=True)
class Confirmation:
    """The step-up of a realm: how its page looks, and where it leads when nothing else was asked for."""

    realm: Realm
    template: str
    after: str

    def show(self) -> ResponseReturnValue:
        """Ask, or go on at once where there was an answer a moment ago."""
        target = guards.page_of(self.realm, request.args.get("next")) or self.after
        if guards.is_fresh(guards.the_session()):
            return redirect(target, 303)
        return self._page(self._form(target))

    def take(self) -> ResponseReturnValue:
        """Go on under a new handle where the answer is right, with the form that came too late, if there was one."""
        form, kept = self._form(), resuming.carried(self.realm)
        if kept is not None and "current_password" not in request.form:
            is_proven = guards.is_fresh(guards.the_session())
            return self._resume(kept) if is_proven else self._page(form)
        if not form.validate():
            return self._page(form), 422
        code = form.text("code") if form.asks_code else ""
        try:
            handle = service.confirm(guards.the_session(), form.text("current_password"), code)
        except WrongPassword as error:
            form.refuse("current_password", error)
            return self._page(form), 422
        except WrongCode:
            form.refuse("code", wrong_code(guards.the_account()))
            return self._page(form), 422
        guards.renew(handle, self.realm)
        if kept is not None:
            return self._resume(kept)
        return redirect(guards.page_of(self.realm, form.text("next")) or self.after, 303)

    def _resume(self, kept: Kept) -> str:
        return render_template("accounts/resume.html", kept=kept, layout=LAYOUT[self.realm])

    @staticmethod
    def _form(target: str = "") -> ConfirmForm:
        return ConfirmForm(asks_code=service.asks_code(guards.the_account()), data={"next": target})

    def _page(self, form: ConfirmForm) -> str:
        kept = resuming.carried(self.realm)
        return render_template(
            self.template,
            kept=kept.carried() if kept is not None else "",
            typed=form.typed,
            errors=form.words,
            asks_code=form.asks_code,
            **kinds_of_code(guards.the_account()),
        )
