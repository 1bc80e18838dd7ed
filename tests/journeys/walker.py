"""Somebody of the scene before they need a browser: their forms go straight to the shop, and the browser takes over."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager

from tests.browsing import Browser, Forms
from tests.journeys.person import Person

TAG = re.compile(r"<[^>]*>")


class Page(Forms):
    """The forms of a page, the words of their buttons, and what their boxes stand for."""

    def __init__(self, text: str) -> None:
        self.buttons: list[tuple[str, int]] = []  # words, and the number of the form
        self.boxes: dict[str, str] = {}
        self.choices: dict[str, tuple[str, str]] = {}  # by the id of a choice: name and value
        self.labels: dict[str, str] = {}
        self._words: list[str] | None = None
        self._labelled = ""
        super().__init__(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        values = {name: value or "" for name, value in attrs}
        if tag in {"button", "label"}:
            self._words, self._labelled = [], values.get("for", "")
        elif values.get("type") == "checkbox":
            self.boxes[values.get("name", "")] = values.get("value", "on")
        elif values.get("type") == "radio":
            self.choices[values.get("id", "")] = values.get("name", ""), values.get("value", "")

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        if self._words is not None:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        if tag in {"button", "label"} and self._words is not None:
            words, self._words = " ".join("".join(self._words).split()), None
            if tag == "button":
                self.buttons.append((words, len(self.forms) - 1))
            else:
                self.labels[words] = self._labelled


class Walker:
    """Opens pages, fills fields by their names, presses buttons by their words, as a Person does without a script."""

    def __init__(self, person: Person) -> None:
        self.shop = person.shop
        self._person = person
        self._browser = Browser(self.shop.application)
        self._browser.client.environ_base |= {"HTTP_X_FORWARDED_FOR": person.network}
        for cookie in person.context.cookies():
            self._browser.client.set_cookie(cookie["name"], cookie["value"])
        self._typed: dict[str, str | bool] = {}

    @property
    def path(self) -> str:
        """Where they are."""
        return self._browser.path

    @property
    def _page(self) -> str:
        assert self._browser.page is not None
        assert self._browser.page.status_code < 500, f"{self._browser.page.status_code} at {self.path}"
        return self._browser.page.text

    def open(self, path: str) -> None:
        """Go to an address of the shop."""
        self._typed = {}
        self._browser.open(path)

    def fill(self, **fields: str | bool) -> None:
        """Type, choose or tick what the page asks for, by the names of its fields."""
        self._typed |= fields

    def choose(self, label: str) -> None:
        """Choose one of several by its label."""
        page = Page(self._page)
        name, value = page.choices[page.labels[label]]
        self._typed[name] = value

    def press(self, words: str) -> None:
        """Press a button that leads on to the next page."""
        page, typed = Page(self._page), self._typed
        forms = [page.forms[number] for text, number in page.buttons if text == words]
        assert forms, f"No button {words!r} on {self.path}: {page.buttons}"
        ticked = {name: page.boxes[name] for name, value in typed.items() if value is True}
        data = {**forms[0]["fields"], **{k: v for k, v in typed.items() if isinstance(v, str)}, **ticked}
        for name in [name for name, value in typed.items() if value is False]:
            data.pop(name, None)
        self._browser.post(forms[0]["action"], data)
        self._typed = {}

    def sees(self, words: str) -> None:
        """The page says these words."""
        said = " ".join(html.unescape(TAG.sub("", self._page)).split())
        assert words in said, f"{words!r} is not on {self.path}: {said}"

    def stop(self) -> None:
        """Have the browser of the person keep what the shop gave them."""
        assert self._page
        for name in ("session", "device"):
            cookie = self._browser.client.get_cookie(name)
            if cookie is not None:
                self._person.keep(cookie.value, name)


@contextmanager
def walking(person: Person) -> Iterator[Walker]:
    """What a person of the scene does without a browser, which goes on from there."""
    walker = Walker(person)
    yield walker
    walker.stop()
