"""Every form of every page that somebody opens, filled as an honest person would."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient

from tests import cast
from tests.browsing import Forms
from tests.hostile import doors
from tests.hostile.doors import Facts

# What is typed into a field of this name, wherever it stands.
TYPED = {
    "first_name": "Nora",
    "last_name": "Newman",
    "email": "nora@demo.example",
    "new_email": "nora@demo.example",
    "telephone": "+44 7700 900456",
    "password": "violet ladder harbour lights",
    "new_password": "violet ladder harbour lights",
    "confirm_password": "violet ladder harbour lights",
    "current_password": cast.PASSWORD,
    "security_question": "own",
    "own_question": "What did I name my first bicycle?",
    "security_answer": "Blue Thunder",
    "reason": "Asked for it by telephone",
    "message": "Nothing else to say",
    "name": "Gold",
    "description": "Those who came first",
    "approval": "none",
    "sort_order": "7",
    "recipient": "Nora Newman",
    "company": "Newman and Sons",
    "label": "Home",
    "address_1": "1 Main Street",
    "address_2": "Second floor",
    "city": "London",
    "state": "",
    "postcode": "EC1Y 8SY",
    "country": "GB",
    "terms": "1",
    "code": "000000",
}
# Buttons and hidden fields that choose another path through a form.
HIDDEN = {"csrf_token", "form_key", "seal", "version", "next", "List-Unsubscribe", "change_country"}


@dataclass(frozen=True)
class Found:
    """A form on a page.

    Args:
        page: where it stands.
        action: where it is sent.
        fields: everything an honest browser would send.
        typed: the names of the fields that take any text.
    """

    page: str
    action: str
    fields: dict[str, Any]
    typed: tuple[str, ...] = field(default=())

    def send(self, client: FlaskClient, changes: dict[str, Any] | None = None) -> Any:
        """Send it, with its secret read anew, and some fields changed."""
        fresh = next((form for form in on(client, self.page) if form.action == self.action), self)
        return client.post(self.action, data={**fresh.fields, **(changes or {})})


def on(client: FlaskClient, page: str, passwords: str = cast.PASSWORD) -> Iterator[Found]:
    """The forms that a page sends, filled."""
    answer = client.get(page)
    if answer.status_code != 200 or answer.mimetype != "text/html":
        return
    names = _ticks(answer.text)
    for form in Forms(answer.text).forms:
        if form["method"].lower() != "post":
            continue
        fields = dict(form["fields"])
        for name in form["typed"] | ({"terms"} & names) | ({"security_question", "approval", "country"} & set(fields)):
            fields[name] = TYPED.get(name, fields.get(name) or "Something")
        if "current_password" in fields:
            fields["current_password"] = passwords
        typed = tuple(sorted(name for name in form["typed"] if name not in HIDDEN))
        yield Found(page, form["action"].split("?")[0] or page, fields, typed)


def _ticks(html: str) -> set[str]:
    both_ways = re.findall(r'type="checkbox"[^>]*name="(\w+)"|name="(\w+)"[^>]*type="checkbox"', html)
    return {name for pair in both_ways for name in pair if name}


def of(app: Any, client: FlaskClient, facts: Facts, passwords: str = cast.PASSWORD) -> list[Found]:
    """Every form that somebody finds on the pages they may open, once each."""
    found: dict[tuple[str, ...], Found] = {}
    for door in doors.every(app, unsafe=False):
        for form in on(client, doors.address(app, door, facts), passwords):
            found.setdefault((form.action, *sorted(form.fields)), form)
    return list(found.values())
