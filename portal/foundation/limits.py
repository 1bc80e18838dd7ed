"""A coarse limit on what one network may send, before anything looks at it; what is weighty counts in `throttle`.

It protects the machine, not an account, so it may forget: in the memory of each web process unless a storage is named,
and wide open with a line in the log while that storage cannot be reached.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter, RateLimitExceeded
from limits import parse_many
from limits.errors import ConfigurationError as UnknownStorage

from portal.config import ConfigurationError, Settings
from portal.foundation import throttle, web, windows
from portal.foundation.text import _

View = TypeVar("View", bound=Callable[..., Any])
EXEMPT = {"static", "healthz", "readyz"}


class _OfChanges(Limiter):
    """Looks at what is counted alone: to gather the limits of a page that has none is a tenth of the shortest pages."""

    def _check_request_limit(
        self,
        callable_name: str | None = None,
        in_middleware: bool = True,  # noqa: FBT001, FBT002 - as Flask-Limiter calls it
    ) -> None:
        if not _is_free():
            super()._check_request_limit(callable_name, in_middleware)


def init_app(app: Flask, settings: Settings) -> None:
    """Have forms and other changes of each network counted; an empty setting counts nothing.

    Raises:
        ConfigurationError: the limit or its storage cannot be read.
    """
    if not settings.ratelimit:
        return
    try:
        parse_many(settings.ratelimit)
        limiter = _OfChanges(
            _network,
            app=app,
            application_limits=[settings.ratelimit],
            storage_uri=settings.ratelimit_storage_uri.replace("memory://", windows.URI),
            headers_enabled=False,
            swallow_errors=True,
        )
    except (ValueError, UnknownStorage) as error:
        raise ConfigurationError(f"PORTAL_RATELIMIT and PORTAL_RATELIMIT_STORAGE_URI: {error}") from error
    limiter.logger.setLevel(logging.WARNING)  # below that it tells the address of everybody it stops

    def refuse(_error: RateLimitExceeded) -> ResponseReturnValue:
        found = limiter.current_limit
        wait = max(1, round(found.reset_at - 1 - time.time())) if found else 60
        words = _("Your network sent more than we take at once. Wait a minute and try again.")
        return web.error_page(429, words, wait=wait)

    app.register_error_handler(RateLimitExceeded, refuse)


def unlimited(view: View) -> View:
    """Never count a view: one that machines call on behalf of many people."""
    view.portal_unlimited = True  # type: ignore[attr-defined]  # functions take attributes, their type does not say so
    return view


def _is_free() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return request.method in web.SAFE or request.endpoint in EXEMPT or bool(getattr(view, "portal_unlimited", False))


def _network() -> str:
    return throttle.network(web.client_address()) or "unknown"
