"""While the gate of hashing is full, who would find no place is told so before anything is done for them.

Then most of those who come are turned away, and many come again at once: reading cookies and forms, counting, and a
page made for each would take the processor from those who have a place.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, make_response, render_template, request

from portal.foundation import gate, hashing, pages, problems, trace
from portal.foundation.text import _

View = TypeVar("View", bound=Callable[..., Any])

PAGES = "portal.turned_away"
RETRY_AFTER = 5  # seconds
NUMBER = "0000-0000"  # where the page has the number of the request; no number has a zero


def costly(places: int) -> Callable[[View], View]:
    """A form that takes so many places at the gate, if it is filled in well."""

    def declare(view: View) -> View:
        view.portal_places = places  # type: ignore[attr-defined]  # functions take attributes, their type does not say so
        return view

    return declare


def init_app(app: Flask) -> None:
    """Look at every request before anything else does."""
    app.extensions[PAGES] = {}
    app.before_request(_look)


def _look() -> Response | None:
    wanted = getattr(current_app.view_functions.get(request.endpoint or ""), "portal_places", 0)
    if not wanted or request.method != "POST" or hashing.places_left() >= wanted:
        return None
    response = problems.document(503, _title(), str(gate.refusal())) if problems.are_wanted() else _kept_page()
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _title() -> str:
    return _("Busy right now")


def _kept_page() -> Response:
    known: dict[str, str] = current_app.extensions[PAGES]
    language = pages.language()["lang"]
    if language not in known:
        known[language] = _page(language)
    return make_response(known[language].replace(NUMBER, trace.current()), 503)


def _page(language: str) -> str:
    # As for somebody of whom nothing is known: the page is kept, and shown to others.
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the documented way
    with app.test_request_context(headers={"Accept-Language": language}):
        return render_template(
            "errors/refused.html",
            status=503,
            title=_title(),
            message=str(gate.refusal()),
            request_number=NUMBER,
        )
