"""What the scripts of pages ask and answer about passkeys, in JSON, in either realm."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, flash, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from portal.accounts import guards
from portal.accounts.guards import ceremony
from portal.accounts.models import Realm, SignInSession
from portal.accounts.rules.passkeys import LONGEST_ANSWER, Purpose
from portal.accounts.service import passkey_proofs as proofs
from portal.accounts.service import passkeys, recovery_codes
from portal.accounts.service.entering import Door, Outcome
from portal.foundation import problems
from portal.foundation.errors import Expired


@dataclass(frozen=True)
class Said:
    """What a page sends after the browser has asked its owner."""

    credential: dict[str, Any]
    name: str
    target: str
    remember: bool


@dataclass(frozen=True)
class Ceremonies:
    """The ceremonies of a realm: its pages about passkeys and about security, and how a sign-in arrives."""

    realm: Realm
    pages: str
    home: str
    codes: str
    arrive: Callable[[Outcome, bool, str], ResponseReturnValue]

    def ask_sign_in(self) -> ResponseReturnValue:
        """A challenge for whoever has a passkey."""
        return proofs.ask(Purpose.SIGN_IN, ceremony.place(), guards.visitor())

    def sign_in(self) -> ResponseReturnValue:
        """Let in who has a passkey."""
        said = _said()
        outcome = proofs.sign_in(ceremony.place(), said.credential, guards.visitor(), remember=said.remember)
        return self._lead_in(outcome, said.remember, said.target)

    def ask_second_step(self) -> ResponseReturnValue:
        """A challenge for whose password was right."""
        return proofs.ask(Purpose.SECOND_STEP, ceremony.place(), guards.visitor(), self._half_in()[0].account)

    def second_step(self) -> ResponseReturnValue:
        """Let in whose password was right and who has a passkey of theirs."""
        said, (flow, remember, target) = _said(), self._half_in()
        outcome = proofs.second_step(flow, ceremony.place(), said.credential, guards.visitor(), remember=remember)
        if outcome.door is not Door.REFUSED:
            guards.finish_second_step(self.realm)
        return self._lead_in(outcome, remember, target)

    def ask_confirm(self) -> ResponseReturnValue:
        """A challenge for whoever is signed in."""
        return proofs.ask(Purpose.CONFIRM, ceremony.place(), guards.visitor(), guards.the_account())

    def confirm(self) -> ResponseReturnValue:
        """Believe for a while that its owner uses the session."""
        said = _said()
        handle = proofs.confirm(guards.the_session(), ceremony.place(), said.credential, guards.visitor())
        if handle is None:
            return _refuse()
        guards.renew(handle, self.realm)
        # With the secret of forms that is good from now on, for a form that its sender carries along.
        return jsonify(to=guards.page_of(self.realm, said.target) or self.home, secret=generate_csrf())

    def ask_add(self) -> ResponseReturnValue:
        """A challenge to make a passkey with."""
        return passkeys.ask_to_make(guards.the_account(), ceremony.place())

    def add(self) -> ResponseReturnValue:
        """Keep a passkey; who has no recovery codes yet is led on to them."""
        said, account = _said(), guards.the_account()
        browser = guards.describe_browser(request.user_agent.string)
        place, row = ceremony.place(), guards.the_session()
        handle = passkeys.add(account, place, said.credential, name=said.name, browser=browser, kept=row)
        guards.renew(handle, self.realm)
        flash(_("Your passkey is added. All other devices were signed out."), "ok")
        return jsonify(to=self.pages if recovery_codes.left(account) else self.codes)

    def _half_in(self) -> tuple[SignInSession, bool, str]:
        found = guards.current_second_step(self.realm)
        if found is None:
            raise Expired(_("That took too long. Sign in with your password once more."))
        return found

    def _lead_in(self, outcome: Outcome, remember: bool, target: str) -> ResponseReturnValue:  # noqa: FBT001 - as `arrive`
        if outcome.handle is None:
            return _refuse()
        return jsonify(to=make_response(self.arrive(outcome, remember, target)).location)


def _said() -> Said:
    if (request.content_length or 0) > LONGEST_ANSWER:
        abort(413)
    sent = request.get_json()
    if not isinstance(sent, dict) or not isinstance(sent.get("credential"), dict):
        abort(422)
    name, target = (text if isinstance(text := sent.get(key), str) else "" for key in ("name", "next"))
    return Said(sent["credential"], name, target, sent.get("remember") is True)


def _refuse() -> Response:
    # Not raised: that a challenge is used up, and the warning of a copy, are to be stored.
    words = _("That passkey doesn’t work here. Try another one, or use your password.")
    return problems.document(422, _("That didn’t work"), words)
