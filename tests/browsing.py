"""A person at a browser, without a browser: cookies, forms with their hidden fields, links."""

from contextvars import Context
from html.parser import HTMLParser
from typing import Any

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.foundation.database import db
from tests import linting

TYPED = {"text", "tel", "email", "search", "password", "date"}


class Forms(HTMLParser):
    """The fields of every form of a page, as a browser would send them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self._select: str | None = None
        self._textarea: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            form = {
                "action": values.get("action", ""),
                "method": values.get("method", "get"),
                "fields": {},
                "typed": set(),
            }
            self.forms.append(form)
        elif self.forms:
            self._field(tag, values)

    def _field(self, tag: str, values: dict[str, str]) -> None:
        fields, name = self.forms[-1]["fields"], values.get("name", "")
        if tag == "input" and name:
            kind = values.get("type", "text")
            if kind in TYPED:
                self.forms[-1]["typed"].add(name)
            if kind not in ("checkbox", "radio") or "checked" in values:
                fields[name] = values.get("value", "on" if kind == "checkbox" else "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in values or self._select not in fields):
            fields[self._select] = values.get("value", "")
        elif tag == "textarea":
            self._textarea = name
            self.forms[-1]["typed"].add(name)
            fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.forms[-1]["fields"][self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None


class Client(FlaskClient):
    """Flask's own client, whose requests have a context and a session of their own, as at a real server.

    Every answer of every test is held to the rules of headers and cookies.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request; what the test has written is stored before, what it has read is read anew after."""
        if has_app_context():
            db.session.commit()
        kwargs.setdefault("buffered", True)  # a streamed page needs the request's context to its end
        answer = Context().run(super().open, *args, **kwargs)
        assert not (wrong := linting.faults(answer)), f"{answer.request.path}: {wrong}"
        if has_app_context():
            db.session.expire_all()
        return answer


class Browser:
    """Opens pages and sends the forms that are on them."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.page: TestResponse | None = None
        self.path = "/"
        self.address = "/"  # with the query

    def open(self, path: str, **kwargs: Any) -> TestResponse:
        """GET a page, redirects followed."""
        return self._arrive(self.client.get(path, follow_redirects=True, **kwargs))

    def send(self, _form: str = "", /, *, follow: bool = True, **fields: Any) -> TestResponse:
        """Fill the page's form whose action ends with `_form` (or that has all these fields) and send it."""
        assert self.page is not None, "Open a page first."
        form = self._choose(_form, fields)
        data = {**form["fields"], **{k: v for k, v in fields.items() if v is not None}}
        for name in [name for name, value in fields.items() if value is None]:
            data.pop(name, None)
        return self.post(form["action"], data, follow=follow)

    def post(self, action: str, data: dict[str, Any], *, follow: bool = True) -> TestResponse:
        """Send a form to its action, which is the page itself where it has none."""
        return self._arrive(self.client.post(action or self.address, data=data, follow_redirects=follow))

    def _arrive(self, page: TestResponse) -> TestResponse:
        self.page = page
        self.path = page.request.path
        self.address = page.request.full_path.rstrip("?")
        return page

    def _choose(self, action: str, fields: dict[str, Any]) -> dict[str, Any]:
        assert self.page is not None
        posts = [form for form in Forms(self.page.text).forms if form["method"].lower() == "post"]
        if action:
            posts = [form for form in posts if form["action"].endswith(action)]
        fits = [form for form in posts if not set(fields) - set(form["fields"])] or posts
        assert fits, f"No such form on {self.path}."
        return max(fits, key=lambda form: len(form["fields"]))
