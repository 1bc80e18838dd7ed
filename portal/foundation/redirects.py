"""Where `next` may lead: to a page of our own and nowhere else."""

from urllib.parse import unquote, urlsplit

from flask import current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

LONGEST = 2000
NO_PAGES = {"static", "healthz"}


def own_page(target: str | None, method: str = "GET") -> str | None:
    """The address of a page of ours as it was given, or of a form with another method; None when it is anything else.

    Browsers read backslashes as slashes, skip control characters and take two slashes for another host, so what has
    any of those is refused before it is looked up; then a view that answers must exist for it.
    """
    if not target or len(target) > LONGEST or not _is_plain(target):
        return None
    parts = urlsplit(target)
    path = unquote(parts.path)
    if parts.scheme or parts.netloc or not _is_plain(path):
        return None
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method)
    except (HTTPException, RequestRedirect):
        return None
    return None if endpoint in NO_PAGES else target


def _is_plain(path: str) -> bool:
    return (
        path.startswith("/")
        and not path.startswith("//")
        and "\\" not in path
        and all(sign.isprintable() and not sign.isspace() for sign in path)
    )
