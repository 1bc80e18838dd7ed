"""Step-up: what is weighty asks once more who is at the keyboard, and believes it for five minutes."""

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import resuming
from portal.accounts.guards.entrance import current_session, enter, page_of, realm_of
from portal.accounts.models import Realm, SignInSession
from portal.accounts.service import factors
from portal.foundation import web
from portal.foundation.clock import now
from portal.foundation.text import _

View = TypeVar("View", bound=Callable[..., Any])
FRESH = timedelta(minutes=5)  # security.md: "sudo"
LAYOUT = {Realm.CUSTOMER: "layouts/page.html", Realm.STAFF: "layouts/gate.html"}
CONFIRM = {Realm.CUSTOMER: "confirming.ask", Realm.STAFF: "staff_confirming.ask"}


def is_fresh(row: SignInSession) -> bool:
    """Whether whoever uses a session proved who they are just now."""
    return now() - row.authenticated_at < FRESH


def fresh_sign_in_required(view: View) -> View:
    """Only somebody who proved who they are in the last minutes may enter; goes under the guard of the realm.

    A page leads to the question and back; a form is refused with a way to it, and can be sent from there (`resuming`).
    """

    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        row = current_session()
        if row is not None and not is_fresh(row):
            return to_confirmation()
        return view(*args, **kwargs)

    return guarded  # type: ignore[return-value]  # wraps() keeps the view's own type


def fresh_beside_a_factor(view: View) -> View:
    """As `fresh_sign_in_required`, for who has a second factor: a form that asks for the password alone proves less."""

    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        row = current_session()
        if row is not None and not is_fresh(row) and factors.asked_of(row.account):
            return to_confirmation()
        return view(*args, **kwargs)

    return guarded  # type: ignore[return-value]  # wraps() keeps the view's own type


def to_confirmation() -> ResponseReturnValue:
    """Where somebody goes who has to prove once more who they are."""
    realm = realm_of(request.path)
    if request.method in web.SAFE:
        return redirect(url_for(CONFIRM[realm], next=request.full_path.rstrip("?")), 303)
    words = _("To keep your account safe, confirm that it’s you. Then send the form again.")
    # Back to the page with the form, loaded anew: confirming changes the secret of forms.
    target = page_of(realm, _referring_page())
    title, kept = _("Confirm that it’s you"), resuming.of_request()
    if kept is None:
        return web.error_page(403, words, way=(url_for(CONFIRM[realm], next=target), title), title=title)
    words = _("To keep your account safe, confirm that it’s you. What you typed is kept until then, but no password.")
    return web.error_page(
        403,
        words,
        template="errors/unconfirmed.html",
        layout=LAYOUT[realm],
        title=title,
        action=url_for(CONFIRM[realm]),
        next_page=target or "",
        kept=kept.carried(),
    )


def renew(handle: str, realm: Realm) -> None:
    """Go on in the same session under a new handle (see `sessions.confirm`), with a new secret for its forms."""
    enter(handle, realm, remember=session.permanent)


def _referring_page() -> str:
    parts = urlsplit(request.referrer or "")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
