"""Somebody at a browser of their own: a context, a page, and an ear for what the console complains about."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Playwright, Response, expect

from tests.journeys.shop import Shop

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
REFUSED = "Failed to load resource: the server responded with a status of 4"
WAIT = 30_000  # milliseconds; a machine that has other work to do is no mistake of the shop
_addresses = count(1)


def launch(playwright: Playwright) -> Browser:
    """Start the system's Chromium, with its sandbox where the kernel allows one (not for root).

    The one that has no windows takes a third of the processor's time; it draws and runs the same.
    """
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert program, "The journeys need Chromium; make test says how to install it."
    return playwright.chromium.launch(executable_path=program, chromium_sandbox=os.geteuid() != 0, args=ARGUMENTS)


class Person:
    """Opens pages, fills fields by their names, presses buttons by their words."""

    def __init__(
        self, browser: Browser, shop: Shop, *, javascript: bool = True, width: int = 1280, by_name: bool = False
    ) -> None:
        number = next(_addresses)
        self.network = f"10.0.{number // 250}.{number % 250 + 1}"
        self.shop = shop
        self.address = shop.name if by_name else shop.address
        self.complaints: list[str] = []
        self.context = browser.new_context(
            base_url=self.address,
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
            extra_http_headers={"X-Forwarded-For": self.network},
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(WAIT)
        self.context.on("console", self._heard)
        self.context.on("weberror", lambda problem: self.complaints.append(str(problem.error)))
        self.context.on("response", self._answered)
        self.page: Page = self.context.new_page()

    @property
    def main(self) -> Locator:
        """What the page is about, without its frame."""
        return self.page.locator("main")

    @property
    def path(self) -> str:
        """Where the person is."""
        return self.page.url.removeprefix(self.address)

    def keep(self, cookie: str, name: str = "session") -> None:
        """Have the browser keep what the shop gave to somebody, such as the session of who signed in."""
        self.context.add_cookies(
            [{"name": name, "value": cookie, "url": self.address, "httpOnly": True, "sameSite": "Lax"}]
        )

    def open(self, path: str) -> Response:
        """Go to an address of the shop."""
        answer = self.page.goto(path)
        assert answer is not None
        return answer

    def fill(self, **fields: str | bool) -> None:
        """Type, choose or tick what the page asks for, by the names of its fields."""
        for name, value in fields.items():
            box = self.main.locator(f'[name="{name}"]')
            kind = box.first.evaluate("field => field.type")
            if isinstance(value, bool):
                box.set_checked(value)
            elif kind.startswith("select"):
                box.select_option(value)
            elif kind in {"radio", "checkbox"}:
                self.main.locator(f'[name="{name}"][value="{value}"]').check()
            else:
                box.fill(value)

    def choose(self, label: str) -> None:
        """Choose one of several by its label."""
        self.main.get_by_label(label, exact=True).check()

    def button(self, words: str) -> Locator:
        """The button with exactly these words."""
        return self.main.get_by_role("button", name=words, exact=True)

    def press(self, words: str) -> None:
        """Press a button that leads on to the next page."""
        with self.arriving():
            self.button(words).first.click()

    def follow(self, words: str, *, exact: bool = True) -> None:
        """Follow a link of the page."""
        with self.arriving():
            self.main.get_by_role("link", name=words, exact=exact).first.click()

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """Whatever happens inside leads to another page, which is then there."""
        with self.page.expect_navigation():
            yield

    def sees(self, words: str) -> None:
        """The page says these words."""
        expect(self.main).to_contain_text(words)

    def leave(self) -> None:
        """Close the browser and forget everything in it."""
        self.context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        # Chromium itself reports a page that answers 4xx; whether it should have is the journey's business.
        if message.type in {"error", "warning"} and not message.text.startswith(REFUSED):
            self.complaints.append(f"{self.path}: {message.text}")

    def _answered(self, answer: Response) -> None:
        missing = answer.status >= 400 and not answer.request.is_navigation_request()
        if answer.status >= 500 or missing:
            self.complaints.append(f"{answer.status} {answer.request.method} {answer.url}")
