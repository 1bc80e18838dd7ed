"""Pages that look alike to everybody of whom nothing is known: drawn once and kept, with the secrets of each browser.

Most of those who stand at the door are strangers, and in a rush they are many: to draw the form anew for each of them
would take the processor from those who have filled it in.
"""

import secrets
from collections.abc import Callable, Collection, Hashable

from flask import Flask, current_app, g, session
from flask_wtf.csrf import generate_csrf

from portal.foundation import form_keys, lately, pages

KEPT = 300  # seconds, where nothing of the page comes from a table
SHORT = 5  # seconds, where something does: another process may write it
DRAWN = "drawn_for_strangers"  # in `g`, while a page is drawn that is kept
# Where a kept page has the secrets; drawn by lot, so that no text of a shop ever has the same.
TOKEN, KEY = secrets.token_urlsafe(24), secrets.token_urlsafe(24)


def init_app(app: Flask) -> None:
    """Have forms ask here for the key that makes a form pressed twice count once."""
    app.jinja_env.globals["form_key"] = _form_key


def page(name: Hashable, draw: Callable[[], str], *, of: tuple[str, ...] = (), besides: Collection[str] = ()) -> str:
    """A page as it is drawn, for strangers as it was drawn lately; who is known in any way gets one of their own.

    Args:
        name: names the page; whatever it depends on besides the reader's language is a part of it.
        draw: draws it, from nothing that is told of the reader or sent by them.
        of: the tables that it shows something of (see `lately`).
        besides: what a stranger's cookie may hold because the page shows none of it.
    """
    token = str(current_app.config["WTF_CSRF_FIELD_NAME"])
    if not session.keys() <= {token, *besides}:
        return draw()
    key = ("page", name, pages.language()["lang"])
    kept = lately.known(key, lambda: _drawn(draw, token), of=of, seconds=SHORT if of else KEPT)
    return kept.replace(TOKEN, generate_csrf()).replace(KEY, form_keys.make())


def _drawn(draw: Callable[[], str], token: str) -> str:
    setattr(g, token, TOKEN)  # where Flask-WTF looks before it makes one
    setattr(g, DRAWN, True)
    try:
        return draw()
    finally:
        g.pop(token)
        g.pop(DRAWN)


def _form_key() -> str:
    return KEY if g.get(DRAWN) else form_keys.make()
