"""Where passkeys work: who asks for them on a page, and the browser that a challenge is tied to."""

import secrets

from flask import Flask, has_request_context, request, session

from portal.accounts.guards.entrance import realm_of
from portal.accounts.models import Realm
from portal.accounts.rules import passkeys as rules
from portal.accounts.rules.passkeys import RelyingParty
from portal.accounts.service.ceremonies import Place
from portal.config import settings
from portal.foundation.errors import NotFound
from portal.foundation.text import _

KEPT = "passkeys"  # in the browser's cookie: the handle that challenges are tied to
ROOT = {Realm.CUSTOMER: "/passkeys", Realm.STAFF: "/staff/passkeys"}
PAGES = {Realm.CUSTOMER: "/account/security/passkeys", Realm.STAFF: "/staff/me/passkeys"}


def init_app(app: Flask) -> None:
    """Tell the templates whether passkeys work where the page is read."""
    app.context_processor(_for_templates)


def relying_party() -> RelyingParty | None:
    """Who asks for passkeys on this page; None where browsers give none."""
    known = settings()
    return rules.relying_party(known.base_url, _host(), local=not known.production)


def are_offered() -> bool:
    """Whether passkeys work on this page."""
    return relying_party() is not None


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


def address_by_name(realm: Realm) -> str:
    """The page of passkeys at localhost, for those who came by number while the portal is tried out; else empty."""
    name, _colon, port = _host().partition(":")
    if settings().production or name != "127.0.0.1":
        return ""
    return f"http://{rules.LOCAL}{':' + port if port else ''}{PAGES[realm]}"


def _for_templates() -> dict[str, object]:
    if not has_request_context():
        return {"passkeys_offered": False}
    return {"passkeys_offered": are_offered(), "passkey_root": ROOT[realm_of(request.path)]}


def _host() -> str:
    return request.headers.get("Host", "")  # request.host refuses one that is not ours, also on the page that says so
