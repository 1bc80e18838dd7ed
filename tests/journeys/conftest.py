"""The stage of the journeys: one shop, one browser, one post office, and as many people as a story needs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.house import fresh_database
from tests.journeys.mailbox import PostOffice
from tests.journeys.person import Person, launch
from tests.journeys.shop import Shop


def pytest_itemcollected(item: pytest.Item) -> None:
    """Every journey talks to real servers and drives the one browser of its worker."""
    for mark in ("real", "browser", "enable_socket"):
        item.add_marker(mark)


@pytest.fixture(scope="session")
def post() -> Iterator[PostOffice]:
    """A real SMTP server that takes every mail."""
    office = PostOffice()
    yield office
    office.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The one browser; each person has a context of it."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demo shop on SQLite, loaded once for all shops that begin with it."""
    return Shop.demo(tmp_path_factory.mktemp("demo")).folder


@pytest.fixture(scope="session")
def shop_on_sqlite(demo: Path, tmp_path_factory: pytest.TempPathFactory, post: PostOffice) -> Iterator[Shop]:
    """The demo shop on SQLite, served as `make run` serves it."""
    yield from _served(Shop.copy(demo, tmp_path_factory.mktemp("shop"), mail_port=post.port))


@pytest.fixture(scope="module")
def shop_on_postgresql(tmp_path_factory: pytest.TempPathFactory, post: PostOffice, postgres_url: str) -> Iterator[Shop]:
    """The same shop on PostgreSQL, closed after the stories that want it: an open one looks for work all the time."""
    folder = tmp_path_factory.mktemp("shop")
    yield from _served(Shop.demo(folder, mail_port=post.port, database_url=fresh_database(postgres_url)))


@pytest.fixture
def shop(shop_on_sqlite: Shop) -> Shop:
    """The shop of the story; one that is told on both databases says which."""
    return shop_on_sqlite


def _served(shop: Shop) -> Iterator[Shop]:
    shop.open()
    yield shop
    shop.close()
    assert "Traceback" not in shop.said(), shop.said()


@pytest.fixture
def somebody(chromium: Browser, shop: Shop) -> Iterator[Callable[..., Person]]:
    """Call it for one more person; nobody's console may have complained when the story ends."""
    people: list[Person] = []

    def come(**kwargs: Any) -> Person:
        person = Person(chromium, shop, **kwargs)
        people.append(person)
        return person

    yield come
    for person in people:
        person.leave()
    assert [complaint for person in people for complaint in person.complaints] == []


@pytest.fixture
def member(somebody: Callable[..., Person], shop: Shop) -> Callable[..., Person]:
    """Call it with owner, clerk or marketing for that member of staff, signed in: without a script, by the form."""

    def come(role: str, **kwargs: Any) -> Person:
        person, email = somebody(**kwargs), f"{role}@demo.example"
        if kwargs.get("javascript", True):
            person.keep(person.shop.cookie_of_staff(email))
            person.open("/staff")
            return person
        person.open("/staff/sign-in")
        person.fill(email=email, password=person.shop.demo_password)
        person.press("Sign in")
        return person

    return come
