"""Customers: the list as the owner sees it, beside a bare page of the same size on the same web server."""

import html
from dataclasses import dataclass
from itertools import combinations
from urllib.parse import urlencode

import sqlalchemy as sa

from bench import beside, people, shops
from bench.beside import Measured
from bench.figures import Figure, Goal, at_most, median, percentile
from bench.shops import Portal
from bench.visitors import Broken, Visitor
from portal.customers.models import Customer
from portal.foundation import pagination
from portal.foundation.database import db
from portal.foundation.pagination import Order

LIST = "/staff/customers"
FOUND_BY = ("exact e-mail", "exact number", "part of an e-mail", "last name", "two words")  # these show who is sought
SEARCHES = (*FOUND_BY, "two letters")  # what somebody types into the box
FILTERED = (  # what is asked for two at a time
    *("one group", "one status", "one country", "one store", "waiting", "subscribed", "not subscribed"),
    *("created from", "created to", "signed in from", "signed in to"),
)
PAGES_OF_PAIRS = 5
TYPED = 30  # names that are typed letter by letter
SMALL, MILLION = 10_000, 1_000_000


def run(size: int) -> list[Figure]:
    """On both databases, or the one asked for."""
    return [figure for database in shops.chosen() for figure in _on(database, size)]


def _on(database: str, size: int) -> list[Figure]:
    small = _small(database) if size > SMALL else {}
    with shops.opened(database, size) as portal:
        portal.wait_until_idle()
        owner = people.owner(portal)
        sought = _somebody(portal, size)
        first = owner.get(LIST).expect(200)
        paths = sought.paths
        for name in FOUND_BY[:3]:
            if sought.last_name not in html.unescape(owner.get(paths[name]).expect(200).body.decode()):
                raise Broken(f"{paths[name]} does not find {sought.last_name}.")
        measured = beside.interleaved(portal, owner, first.body, paths)
        counts = _queries(portal, owner, paths)
        figures = [figure for name in paths for figure in _of(database, name, measured[name], counts[name], size)]
        far = median(measured["last page"].pages) / median(measured["first page"].pages)
        figures.append(Figure("last page, to the first", far, "times", at_most(1.3), database))
        figures += [_grown(database, name, measured[name], found) for name, found in small.items()]
        figures.append(_typed(database, portal, owner, size))
        return [*figures, *_pairs(database, portal, owner, sought.asked)]


def _small(database: str) -> dict[str, Measured]:
    """The pages of a small shop, for how they grow."""
    with shops.opened(database, SMALL) as portal:
        portal.wait_until_idle()
        owner = people.owner(portal)
        return beside.interleaved(portal, owner, owner.get(LIST).expect(200).body, _somebody(portal, SMALL).paths)


def _grown(database: str, name: str, found: Measured, small: Measured) -> Figure:
    """A page to that of the small shop; both to the bare page beside them, as the machine changes meanwhile."""
    goal = None if name in SEARCHES else at_most(2.5)
    grown = median(found.ratios) / median(small.ratios)
    return Figure(f"{name}: to a shop of {SMALL:,}", grown, "times", goal, database)


@dataclass(frozen=True)
class _Sought:
    """What is asked of the list, by name, and who is to be found."""

    last_name: str
    asked: dict[str, dict[str, str]]

    @property
    def paths(self) -> dict[str, str]:
        return {name: f"{LIST}?{urlencode(words)}" for name, words in self.asked.items()}


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
            **_filters(str(group), day),
            **_searches(customer),
        },
    )


def _filters(group: str, day: str) -> dict[str, dict[str, str]]:
    return {
        "one group": {"group": group},
        "one group by name": {"group": group, "sort": "name"},
        "one status": {"status": "disabled"},
        "one country": {"country": "IN"},
        "one country by name": {"country": "IN", "sort": "name"},
        "one country by number": {"country": "IN", "sort": "number"},
        "one store": {"store": "pune"},
        "waiting": {"waiting": "1"},
        "waiting by name": {"waiting": "1", "sort": "name"},
        "subscribed": {"newsletter": "yes"},
        "not subscribed": {"newsletter": "no"},
        "not confirmed": {"newsletter": "pending"},
        "created from": {"created_from": day},
        "created to": {"created_to": day},
        "signed in from": {"signed_in_from": day},
        "signed in to": {"signed_in_to": day},
    }


def _searches(customer: Customer) -> dict[str, dict[str, str]]:
    return {
        "exact e-mail": {"q": customer.email},
        "exact number": {"q": customer.number},
        "part of an e-mail": {"q": customer.email.partition("@")[0][1:]},
        "last name": {"q": customer.last_name},
        "two words": {"q": f"{customer.first_name} {customer.last_name}"},
        "two letters": {"q": customer.last_name[:2]},
    }


def _pairs(database: str, portal: Portal, owner: Visitor, asked: dict[str, dict[str, str]]) -> list[Figure]:
    """Every two filters together, the newest first and by name: how long the pages take, and the slowest of them."""
    web, found = portal.web(), dict[str, float]()
    works = []
    for one, other in combinations(FILTERED, 2):
        for sort in ({}, {"sort": "name"}):
            path = f"{LIST}?{urlencode({**asked[one], **asked[other], **sort})}"
            owner.get(path).expect(200)
            seconds, work = beside.opened(owner, path, web, PAGES_OF_PAIRS)
            found[" and ".join([one, other, *sort.values()])] = percentile(seconds, 95) * 1000
            works.append(work)
    slowest = sorted(found, key=lambda name: found[name], reverse=True)[:3]
    note = ", ".join(f"{name} {found[name]:.0f} ms" for name in slowest)
    return [
        Figure("pairs of filters: p95", percentile(list(found.values()), 95), "ms", at_most(8), database, note),
        Figure("pairs of filters: processor", median(works), "ms", at_most(4), database),
    ]


def _typed(database: str, portal: Portal, owner: Visitor, size: int) -> Figure:
    """Names letter by letter, each word the first of its kind: nothing that was remembered answers it."""
    with portal.app.app_context():
        some = sa.select(Customer.first_name, Customer.last_name).where(Customer.id % (size // TYPED) == 1)
        names = [" ".join(name).lower() for name in db.session.execute(some.limit(TYPED)).tuples()]
    terms = dict.fromkeys(name[:letters].strip() for name in names for letters in range(1, len(name) + 1))
    found = {term: owner.get(f"{LIST}?{urlencode({'q': term})}").expect(200).seconds * 1000 for term in terms}
    slowest = ", ".join(f"{term} {found[term]:.0f} ms" for term in sorted(found, key=lambda term: -found[term])[:3])
    note = f"{len(found)} words, median {median(list(found.values())):.1f} ms, slowest: {slowest}"
    return Figure(
        "search as it is typed: p95",
        percentile(list(found.values()), 95),
        "ms",
        _limit(FOUND_BY[0], size),
        database,
        note,
    )


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


def _of(database: str, name: str, found: Measured, queries: int, size: int) -> list[Figure]:
    return [
        Figure(f"{name}: p95", percentile(found.pages, 95) * 1000, "ms", _limit(name, size), database),
        Figure(f"{name}: to the bare page", median(found.ratios), "times", database=database),
        Figure(f"{name}: processor", median(found.work), "ms", at_most(4), database, _beside(found)),
        Figure(f"{name}: queries", queries, "queries", at_most(4), database),
    ]


def _limit(name: str, size: int) -> Goal:
    if name in SEARCHES:
        return at_most(15 if size <= MILLION else 40)
    return at_most(8)


def _beside(found: Measured) -> str:
    return f"bare page {median(found.bare_work):.2f} ms"
