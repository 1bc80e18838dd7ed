"""Every view says who may enter; start-up refuses one that does not."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"


def declare(view: View, right: str) -> View:
    """Write on a view whose door it is; guards enforce what they declare."""
    view.portal_right = right  # type: ignore[attr-defined]  # functions take attributes, their type does not say so
    return view


def public(view: View) -> View:
    """Anybody may enter."""
    return declare(view, PUBLIC)


def right_of(view: Callable[..., Any]) -> str:
    """Who may enter: `public`, `customer`, `applicant`, `staff` or a staff permission; empty when nobody said."""
    return getattr(view, "portal_right", "")


def check(app: Flask) -> None:
    """Refuse to start with a view that declares no right.

    Raises:
        RuntimeError: names the views.
    """
    undeclared = sorted(name for name, view in app.view_functions.items() if not right_of(view))
    if undeclared:
        raise RuntimeError(f"Views without a declared right: {', '.join(undeclared)}")
