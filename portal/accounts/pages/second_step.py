"""The second step of a sign-in to either realm: the code after the right password."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts import guards
from portal.accounts.forms import CodeForm
from portal.accounts.models import Account, Realm, SignInSession
from portal.accounts.rules.recovery_codes import FEW
from portal.accounts.service import factors, recovery_codes
from portal.accounts.service import second_step as service
from portal.accounts.service.entering import Door, Outcome
from portal.foundation.text import _

KIND, RECOVERY_CODE = "with", "recovery-code"  # in the query string


def kinds_of_code(account: Account) -> dict[str, object]:
    """What the page asks for: a passkey, the app's code, or a recovery code where that is asked for or all there is."""
    has, chosen = factors.of(account), request.args.get(KIND) == RECOVERY_CODE
    has_app = has.app_since is not None
    others = {name: value for name, value in request.args.items() if name != KIND}
    query = urlencode(others if chosen else {**others, KIND: RECOVERY_CODE})
    return {
        "has_app": has_app,
        "has_passkeys": has.passkeys > 0,
        "with_recovery_code": chosen or not has_app,
        "other_kind": f"?{query}",
    }


def wrong_code(account: Account) -> str:
    """What to do about a code that is not right, in words, for the kind of code that the page asks for."""
    if kinds_of_code(account)["with_recovery_code"]:
        return _("This code is not right, or was used before. Check it, or take another one.")
    return _("This code is not right. Wait for the next one and type it.")


@dataclass(frozen=True)
class SecondStep:
    """The second step of a realm: how its page looks, where a sign-in begins, and how it arrives."""

    realm: Realm
    template: str
    start: str
    arrive: Callable[[Outcome, bool, str], ResponseReturnValue]

    def show(self) -> ResponseReturnValue:
        """Ask for the code, where a right password opened the question."""
        found = guards.current_second_step(self.realm)
        return self._page(found[0], CodeForm()) if found else self._begin_anew()

    def take(self) -> ResponseReturnValue:
        """Let in who types the right code."""
        found, form = guards.current_second_step(self.realm), CodeForm()
        if found is None:
            return self._begin_anew()
        flow, remember, target = found
        if not form.validate():
            return self._page(flow, form), 422
        outcome = service.prove(flow, form.text("code"), guards.visitor(), remember=remember)
        if outcome.door is Door.REFUSED:
            form.refuse("code", wrong_code(flow.account))
            return self._page(flow, form), 422
        guards.finish_second_step(self.realm)
        if outcome.handle is None:
            return self._begin_anew()
        answer = self.arrive(outcome, remember, target)
        if service.CODE in outcome.methods.split():
            left = recovery_codes.left(flow.account)
            flash(_("You used a recovery code. Codes left: %(n)s.", n=left), "ok" if left > FEW else "wait")
        return answer

    def _page(self, flow: SignInSession, form: CodeForm) -> str:
        return render_template(self.template, errors=form.words, **kinds_of_code(flow.account))

    def _begin_anew(self) -> ResponseReturnValue:
        flash(_("Sign in again: it took too long, or too many codes were not right."), "wait")
        return redirect(self.start, 303)
