"""Who is signed in at this request, and which views they may enter.

The browser's cookie holds one random handle per realm and nothing else of anybody; Flask-Login finds the account
behind it, for the realm that the address belongs to.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Request, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFError

from portal.accounts.models import SIGNED_IN, Account, Realm, SessionKind, SignInSession
from portal.accounts.service import sessions
from portal.accounts.service.passwords import actor_of
from portal.audit.service import Actor
from portal.foundation import database, logs, web
from portal.foundation.access import PUBLIC, declare, right_of
from portal.foundation.redirects import own_page
from portal.foundation.text import _

View = TypeVar("View", bound=Callable[..., Any])
STAFF_PATHS = "/staff"
HANDLE = {Realm.CUSTOMER: "customer", Realm.STAFF: "staff"}
OTHER = {Realm.CUSTOMER: Realm.STAFF, Realm.STAFF: Realm.CUSTOMER}
# All that is open to somebody whose account is closing: their data, the way back, and proving who they are for both.
PRIVACY = "/account/privacy"
WHILE_CLOSING = (PRIVACY, "/account/confirm")
SIGN_IN = {Realm.CUSTOMER: "signing_in.ask", Realm.STAFF: "staff_door.ask"}

Find = Callable[[str], SignInSession | None]
finders: dict[Realm, Find] = {}  # of realms whose room above asks for more than the session at once

login_manager = LoginManager()
login_manager.session_protection = None  # the row decides; addresses change on the way home


class Entrant:
    """What Flask-Login knows of somebody: their session's row."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, row: SignInSession) -> None:
        self.row = row

    def get_id(self) -> str:
        return str(self.row.id)


def init_app(app: Flask) -> None:
    """Have Flask-Login ask here."""
    login_manager.init_app(app)
    login_manager.request_loader(_load)
    app.register_error_handler(CSRFError, _refuse_form)


def _refuse_form(error: CSRFError) -> ResponseReturnValue:
    """A form without its secret is refused; to somebody who is not signed in, a guarded view says that first."""
    del error
    view = current_app.view_functions.get(request.endpoint or "")
    guarded = view is not None and right_of(view) != PUBLIC
    return to_sign_in(realm_of(request.path)) if guarded and current_session() is None else web.refuse_form()


def _load(asked: Request) -> Entrant | None:
    realm = realm_of(asked.path)
    handle = session.get(HANDLE[realm])
    find = finders.get(realm, sessions.find)
    row = find(handle) if isinstance(handle, str) else None
    if row is None or row.account.realm is not realm or row.kind not in SIGNED_IN:
        return None
    logs.about(realm=realm.value, account=row.account_id)
    if sessions.is_seen_long_ago(row):
        session_id = row.id
        database.note(lambda: sessions.touch(session_id))
    return Entrant(row)


def realm_of(path: str) -> Realm:
    """The realm that an address belongs to."""
    return Realm.STAFF if path == STAFF_PATHS or path.startswith(f"{STAFF_PATHS}/") else Realm.CUSTOMER


def page_of(realm: Realm, target: str | None) -> str | None:
    """A way on that is a page of a realm, None when it is anything else."""
    page = own_page(target)
    return page if page is not None and realm_of(urlsplit(page).path) is realm else None


def current_session() -> SignInSession | None:
    """The session in force, of the realm of this request."""
    entrant = current_user._get_current_object()  # noqa: SLF001 - the documented way; the proxy would look at each use
    return entrant.row if entrant is not None and entrant.is_authenticated else None


def current_account() -> Account | None:
    """Who is signed in fully: not somebody who waits at the gate."""
    row = current_session()
    return row.account if row is not None and row.kind is not SessionKind.APPLICANT else None


def the_account() -> Account:
    """Who is signed in, in a view whose guard made sure that somebody is."""
    row = current_session()
    if row is None:
        abort(401)
    return row.account


def the_session() -> SignInSession:
    """The session in force, in a view whose guard made sure that there is one."""
    row = current_session()
    if row is None:
        abort(401)
    return row


def enter(handle: str, realm: Realm, *, remember: bool = False) -> None:
    """Give the browser a new session and a new secret for its forms; what was planted there before is dropped.

    The session that the browser had in this realm ends, the one of the other realm goes on.
    """
    _end(realm)
    lasting = session.permanent
    other = _forget_all_but(OTHER[realm])
    session[HANDLE[realm]] = handle
    session.permanent = remember or (lasting and other)
    g.pop("_login_user", None)
    g.pop("csrf_token", None)  # made with the secret of before


def leave(realm: Realm) -> None:
    """End the session of a realm and take from the browser whatever belonged to it, the secret of its forms too."""
    _end(realm)
    lasting = session.permanent
    session.permanent = _forget_all_but(OTHER[realm]) and lasting
    g.pop("_login_user", None)


def _end(realm: Realm) -> None:
    handle = session.get(HANDLE[realm])
    if isinstance(handle, str):
        sessions.sign_out(handle)


def _forget_all_but(realm: Realm) -> bool:
    kept = session.get(HANDLE[realm])
    session.clear()
    g.pop(current_app.config["WTF_CSRF_FIELD_NAME"], None)  # made of the old secret, for the page of this request
    if kept:
        session[HANDLE[realm]] = kept
    return bool(kept)


def acting_customer() -> Actor:
    """The signed-in customer as the actor of an audit entry."""
    return actor_of(the_account())


def customer_required(view: View) -> View:
    """Only a signed-in customer may enter; an applicant is led to the waiting page.

    Somebody whose account is closing is led to where they can keep it.
    """

    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        row = current_session()
        if row is None:
            return to_sign_in(Realm.CUSTOMER)
        if row.kind is SessionKind.APPLICANT:
            return redirect(url_for("waiting.show"), 303)
        if row.account.closing_at is not None and not request.path.startswith(WHILE_CLOSING):
            return redirect(PRIVACY, 303)
        return view(*args, **kwargs)

    return declare(guarded, "customer")  # type: ignore[return-value]  # wraps() keeps the view's own type


def applicant_required(view: View) -> View:
    """Only somebody whose right password opened the waiting page may enter."""

    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        row = current_session()
        if row is None:
            return to_sign_in(Realm.CUSTOMER)
        if row.kind is not SessionKind.APPLICANT:
            return redirect(url_for("overview.show"), 303)
        return view(*args, **kwargs)

    return declare(guarded, "applicant")  # type: ignore[return-value]  # wraps() keeps the view's own type


def to_sign_in(realm: Realm) -> ResponseReturnValue:
    """Where somebody goes who is not signed in: a page leads to the sign-in page and back, anything else is 401."""
    if request.method not in web.SAFE:
        words = _("You were signed out to keep your account safe. Sign in, go back and send the form again.")
        return web.error_page(401, words, way=(url_for(SIGN_IN[realm]), _("Sign in")))
    target = request.full_path.rstrip("?")
    return redirect(url_for(SIGN_IN[realm], next=target), 303)
