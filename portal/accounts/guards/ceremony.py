"""Passkeys between a page and the browser: who asks and where, what the browser answers, where it goes then."""

import secrets
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, abort, flash, has_request_context, jsonify, make_response, request, session
from flask.typing import ResponseReturnValue

from portal.accounts.guards.browsers import describe_browser
from portal.accounts.guards.entrance import enter, realm_of, the_session
from portal.accounts.guards.flows import current_second_step
from portal.accounts.models import Realm, SignInSession
from portal.accounts.rules import passkeys as rules
from portal.accounts.rules.passkeys import LONGEST_ANSWER, RelyingParty
from portal.accounts.service import passkeys
from portal.accounts.service.ceremonies import Place
from portal.config import settings
from portal.foundation import problems
from portal.foundation.errors import Expired, NotFound
from portal.foundation.redirects import own_page
from portal.foundation.text import _

KEPT = "passkeys"  # in the browser's cookie: the handle that challenges are tied to
ROOT = {Realm.CUSTOMER: "/passkeys", Realm.STAFF: "/staff/passkeys"}
PAGES = {Realm.CUSTOMER: "/account/security/passkeys", Realm.STAFF: "/staff/me/passkeys"}


@dataclass(frozen=True)
class Said:
    """What a page sends after the browser has asked its owner."""

    credential: dict[str, Any]
    name: str
    target: str
    remember: bool


def init_app(app: Flask) -> None:
    """Tell the templates whether passkeys work where the page is read, and where those of the reader are kept."""
    app.context_processor(_for_templates)


def relying_party() -> RelyingParty | None:
    """Who asks for passkeys on this page; None where browsers give none."""
    known = settings()
    return rules.relying_party(known.base_url, _host(), local=not known.production)


def place() -> Place:
    """Where a passkey is asked for.

    Raises:
        NotFound: at an address that passkeys do not work at.
    """
    party = relying_party()
    if party is None:
        raise NotFound(_("Passkeys don’t work at this address."))
    if not isinstance(session.get(KEPT), str):
        session[KEPT] = secrets.token_urlsafe(16)
    return Place(party, realm_of(request.path), session[KEPT])


def said() -> Said:
    """What the page sent."""
    if (request.content_length or 0) > LONGEST_ANSWER:
        abort(413)
    sent = request.get_json()
    if not isinstance(sent, dict) or not isinstance(sent.get("credential"), dict):
        abort(422)
    name, target = (text if isinstance(text := sent.get(key), str) else "" for key in ("name", "next"))
    return Said(sent["credential"], name, target, sent.get("remember") is True)


def second_step() -> tuple[SignInSession, bool, str]:
    """The second step in force in this browser, as `flows.current_second_step`.

    Raises:
        Expired: there is none, or no longer.
    """
    found = current_second_step(realm_of(request.path))
    if found is None:
        raise Expired(_("That took too long. Sign in with your password once more."))
    return found


def keep(pages: str) -> Response:
    """Keep the passkey that the browser made for whoever is signed in."""
    sent, row = said(), the_session()
    browser = describe_browser(request.user_agent.string)
    handle = passkeys.add(row.account, place(), sent.credential, name=sent.name, browser=browser, row=row)
    enter_anew(handle)
    flash(_("The passkey is added. All other devices were signed out."), "ok")
    return lead_to(pages)


def lead_to(answer: ResponseReturnValue | str) -> Response:
    """Have the script of a page go where an answer would have led a form, or to an address."""
    return jsonify(to=answer if isinstance(answer, str) else make_response(answer).location)


def refuse() -> Response:
    """The one sentence for every passkey that does not open the door; what was written stays."""
    words = _("That passkey doesn’t work here. Try another one, or use your password.")
    return problems.document(422, _("That didn’t work"), words)


def enter_anew(handle: str) -> None:
    """Give the browser the new handle of the session that it has, and a new secret for its forms."""
    enter(handle, realm_of(request.path), remember=session.permanent)


def page_after(target: str, home: str) -> str:
    """Where somebody was on the way to, when it is a page of ours in the same realm; else `home`."""
    page = own_page(target)
    return page if page is not None and realm_of(page) is realm_of(request.path) else home


def _for_templates() -> dict[str, object]:
    if not has_request_context():
        return {"passkeys_offered": False}
    realm = realm_of(request.path)
    return {
        "passkeys_offered": relying_party() is not None,
        "passkey_root": ROOT[realm],
        "passkey_pages": PAGES[realm],
        "passkey_address": _by_name(PAGES[realm]),
    }


def _by_name(path: str) -> str:
    """The same page at localhost, for those who came by number while the portal is being tried out."""
    name, _colon, port = _host().partition(":")
    if settings().production or name != "127.0.0.1":
        return ""
    return f"http://{rules.LOCAL}{':' + port if port else ''}{path}"


def _host() -> str:
    return request.headers.get("Host", "")  # request.host refuses one that is not ours, also on the page that says so
