"""Customers: the list as the owner sees it, beside a bare page of the same size on the same web server."""

import html
from dataclasses import dataclass, field
from urllib.parse import urlencode

import sqlalchemy as sa

from bench import bare, people, processes, shops
from bench.figures import Figure, Goal, at_most, median, percentile
from bench.shops import Portal
from bench.visitors import Broken, Visitor
from portal.customers.models import Customer
from portal.foundation import pagination
from portal.foundation.database import db
from portal.foundation.pagination import Order

ROUNDS = 5
PAGES = 20  # of each kind in a round
LIST = "/staff/customers"
FOUND_BY = ("exact e-mail", "exact number", "part of an e-mail", "last name", "two words")  # these show who is sought
SEARCHES = (*FOUND_BY, "two letters")  # what somebody types into the box


def run(size: int) -> list[Figure]:
    """On both databases."""
    return [figure for database in shops.DATABASES for figure in _on(database, size)]


def _on(database: str, size: int) -> list[Figure]:
    with shops.opened(database, size) as portal:
        owner = people.owner(portal)
        sought = _somebody(portal, size)
        first = owner.get(LIST).expect(200)
        paths = {name: f"{LIST}?{urlencode(words)}" for name, words in sought.asked.items()}
        for name in FOUND_BY[:3]:
            if sought.last_name not in html.unescape(owner.get(paths[name]).expect(200).body.decode()):
                raise Broken(f"{paths[name]} does not find {sought.last_name}.")
        threads = portal.app.extensions["portal.settings"].request_threads
        with bare.served(first.body, threads) as (port, server):
            measured = _interleaved(portal, owner, Visitor(port), server, paths)
        counts = _queries(portal, owner, paths)
        return [figure for name in paths for figure in _of(database, name, measured[name], counts[name])]


@dataclass
class _Measured:
    """Seconds of each page and of each bare one beside it, and processor time per page, by round."""

    pages: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    bare_work: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class _Sought:
    """What is asked of the list, by name, and who is to be found."""

    last_name: str
    asked: dict[str, dict[str, str]]


def _somebody(portal: Portal, size: int) -> _Sought:
    """A customer in the middle of the list who has an address, and what is asked of the list."""
    with portal.app.app_context():
        newest_first = Order(Customer.created_at, Customer.id, descending=True)
        middle = pagination.slice_of(
            sa.select(Customer).where(Customer.email_key.is_not(None)).offset(size // 2), newest_first, size=1
        )
        deep = pagination.slice_of(sa.select(Customer).offset(size * 9 // 10), newest_first, size=1)
        last = pagination.slice_of(sa.select(Customer).offset(size - 60), newest_first, size=1)
        customer = middle.rows[0]
        day = customer.created_at.date().isoformat()
        group = db.session.scalar(sa.text("SELECT id FROM customer_group ORDER BY id DESC LIMIT 1"))
    return _Sought(
        customer.last_name,
        {
            "first page": {},
            "page in the middle": {"after": middle.after},
            "deep page": {"after": deep.after},
            "last page": {"after": last.after},
            "by name": {"sort": "name"},
            "by number": {"sort": "-number"},
            "one group": {"group": str(group)},
            "one group by name": {"group": str(group), "sort": "name"},
            "one status": {"status": "disabled"},
            "one country by name": {"country": "IN", "sort": "name"},
            "one store": {"store": "pune"},
            "waiting": {"waiting": "1"},
            "subscribed": {"newsletter": "yes"},
            "created from": {"created_from": day},
            "signed in from": {"signed_in_from": day},
            "exact e-mail": {"q": customer.email},
            "exact number": {"q": customer.number},
            "part of an e-mail": {"q": customer.email.partition("@")[0][1:]},
            "last name": {"q": customer.last_name},
            "two words": {"q": f"{customer.first_name} {customer.last_name}"},
            "two letters": {"q": customer.last_name[:2]},
        },
    )


def _interleaved(
    portal: Portal, owner: Visitor, stranger: Visitor, server: int, paths: dict[str, str]
) -> dict[str, _Measured]:
    measured = {name: _Measured() for name in paths}
    web, bare_web = portal.web(), processes.named(server, "gunicorn")
    for path in paths.values():
        _open(owner, path, web)
        _open(stranger, "/", bare_web)
    for _ in range(ROUNDS):
        for name, path in paths.items():
            pages, work = _open(owner, path, web)
            beside, bare_work = _open(stranger, "/", bare_web)
            found = measured[name]
            found.pages += pages
            found.bare += beside
            found.ratios.append(median(pages) / median(beside))
            found.work.append(work)
            found.bare_work.append(bare_work)
    return measured


def _open(visitor: Visitor, path: str, pids: list[int]) -> tuple[list[float], float]:
    """Seconds of each of some pages, and ms of processor time of the web server for one."""
    before = processes.used(pids)
    seconds = [visitor.get(path).expect(200).seconds for _ in range(PAGES)]
    spent = processes.used(pids) - before
    return seconds, spent.working * 1000 / PAGES


def _queries(portal: Portal, owner: Visitor, paths: dict[str, str]) -> dict[str, int]:
    """How many statements each page sends, those of session and rights included."""
    browser, counts = portal.app.test_client(use_cookies=False), {}
    with portal.app.app_context():
        engine = db.engine
    for name, path in paths.items():
        browser.get(path, headers={"Cookie": owner.cookies})  # what every page shows is remembered for some seconds
        sent: list[str] = []

        def note(*words: object, sent: list[str] = sent) -> None:
            sent.append(str(words[2]))

        sa.event.listen(engine, "before_cursor_execute", note)
        answer = browser.get(path, headers={"Cookie": owner.cookies})
        sa.event.remove(engine, "before_cursor_execute", note)
        if answer.status_code != 200:
            raise Broken(f"{path} answered {answer.status_code} inside this process.")
        counts[name] = sum(not words.startswith("BEGIN") for words in sent)
    return counts


def _of(database: str, name: str, found: _Measured, queries: int) -> list[Figure]:
    return [
        Figure(f"{name}: p95", percentile(found.pages, 95) * 1000, "ms", _limit(name), database),
        Figure(f"{name}: to the bare page", median(found.ratios), "times", database=database),
        Figure(f"{name}: processor", median(found.work), "ms", at_most(4), database, _beside(found)),
        Figure(f"{name}: queries", queries, "queries", at_most(4), database),
    ]


def _limit(name: str) -> Goal:
    return at_most(15) if name in SEARCHES else at_most(8)


def _beside(found: _Measured) -> str:
    return f"bare page {median(found.bare_work):.2f} ms"
