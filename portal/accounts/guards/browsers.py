"""The browser that asks: its address, what it is in words, and the accounts that it has signed in to before."""

import re

from flask import Response, after_this_request, current_app, request

from portal.accounts.service.devices import MOST
from portal.accounts.service.sessions import Visitor
from portal.config import settings
from portal.foundation import web

KEPT = 400 * 86400  # seconds, the longest that browsers keep a cookie
HANDLE = re.compile(r"[A-Za-z0-9_-]{43}")

# In order: a browser names the ones it resembles, too.
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux|X11", "Linux"),
)


def visitor() -> Visitor:
    """The browser that asks."""
    return Visitor(web.client_address(), describe_browser(request.user_agent.string), _handles())


def remember_device(handle: str | None) -> None:
    """Have the browser keep the handle of a device beside those it has; None changes nothing."""
    if handle is None:
        return
    value = ".".join((handle, *_handles())[:MOST])

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(
            cookie_name(),
            value,
            max_age=KEPT,
            path="/",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
            httponly=True,
            samesite="Lax",
        )
        return response


def cookie_name() -> str:
    """The name of the cookie that holds the handles of devices."""
    return "__Host-device" if settings().secure else "device"


def describe_browser(agent: str) -> str:
    """A user agent in words, like "Chrome on Windows"; empty when it says nothing known."""
    browser = next((words for mark, words in BROWSERS if mark in agent), "")
    system = next((words for pattern, words in SYSTEMS if re.search(pattern, agent)), "")
    return f"{browser} on {system}" if browser and system else browser or system


def _handles() -> tuple[str, ...]:
    parts = request.cookies.get(cookie_name(), "").split(".")
    return tuple(part for part in parts if HANDLE.fullmatch(part))[:MOST]
