"""A form that came after the five minutes of a step-up: its sender carries it along, and sends it from there.

Nothing is stored for it. What was typed goes through the pages of the step-up as one hidden field, but never a
password, an answer, a code or the secret of the form; files can't be carried.
"""

import json
import re
from dataclasses import dataclass

from flask import request

from portal.accounts.guards.entrance import realm_of
from portal.accounts.models import Realm
from portal.foundation.redirects import own_page

FIELD = "kept"
MOST = 64 * 1024  # characters; whoever typed more fills the form in again
SECRET = re.compile(r"password|answer|secret|^(?:code|pin|csrf_token)$")


@dataclass(frozen=True)
class Kept:
    """A form on its way: where to, and its fields in their order."""

    path: str
    fields: tuple[tuple[str, str], ...]

    def carried(self) -> str:
        """The form as one text."""
        return json.dumps([self.path, self.fields], separators=(",", ":"))


def of_request() -> Kept | None:
    """The form of this request, None when it can't be carried."""
    if request.files or not request.form:
        return None
    fields = tuple(
        (name, value) for name, value in request.form.items(multi=True) if not SECRET.search(name) and name != FIELD
    )
    kept = Kept(request.full_path.rstrip("?"), fields)
    return kept if len(kept.carried()) <= MOST else None


def carried(realm: Realm) -> Kept | None:
    """The form that this request carries along, None when there is none, or it goes to no form of the realm."""
    text = request.form.get(FIELD, "")
    if not text or len(text) > MOST:
        return None
    try:
        path, fields = json.loads(text)
        pairs = tuple((name, value) for name, value in fields if not SECRET.search(name))
    except (ValueError, TypeError, RecursionError):
        return None
    if not isinstance(path, str) or any(not isinstance(part, str) for pair in pairs for part in pair):
        return None
    target = own_page(path, "POST")
    return Kept(path, pairs) if target is not None and realm_of(path) is realm else None
