"""Accounts: signing in and registering beside the hashes that they cost, and pages meanwhile."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench import calibration, processes, shops
from bench.figures import Figure, at_least, at_most, median, percentile
from bench.people import Customers
from bench.shops import Portal
from bench.visitors import Answer, Visitor, crowd

ROUNDS = 5
SECONDS = 6.0  # of each measurement in a round
HASHING = 3.0  # seconds of each look at the ceiling
SETTLE = 2.5  # seconds until a crowd has found its rhythm
CROWD = 16
REGISTERING = 8  # two hashes each, so as many as those of the crowd
OVERFULL = 40  # more than the queue for hashing holds
PAUSE = 0.02  # seconds between two pages of the visitor who looks around
HEALTH, REGISTRATION = "/healthz", "/register"


def run(size: int) -> list[Figure]:
    """On both databases."""
    return [figure for database in shops.DATABASES for figure in _on(database, size)]


def _on(database: str, size: int) -> list[Figure]:
    with shops.opened(database, size) as portal:
        customers = Customers(portal)
        customers.sign_in().expect(303)
        customers.register().expect(303)
        portal.wait_until_quiet()
        return [
            *_together(portal, customers),
            _one_registration(portal, customers),
            *_pages(portal, customers),
            *_overfull(portal, customers),
        ]


@dataclass
class _Rates:
    """Of each round: what the machine can do at best and what the portal made of it."""

    ceilings: list[float] = field(default_factory=list)
    sign_ins: list[float] = field(default_factory=list)
    registrations: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # of every single sign-in
    work: list[float] = field(default_factory=list)  # ms of processor time beyond the hash


def _together(portal: Portal, customers: Customers) -> list[Figure]:
    rates = _Rates()
    for _ in range(ROUNDS):
        rates.ceilings.append(calibration.ceiling(HASHING))
        with crowd(CROWD, lambda: customers.sign_in().expect(303), settle=SETTLE) as tally:
            before = processes.used(portal.web())
            time.sleep(SECONDS)
            spent = processes.used(portal.web()) - before
        rates.sign_ins.append(tally.rate)
        rates.seconds += tally.seconds
        rates.work.append(spent.working * 1000 / len(tally.ends))
        with crowd(REGISTERING, lambda: customers.register().expect(303), settle=SETTLE) as tally:
            time.sleep(SECONDS)
        rates.registrations.append(tally.rate)
        portal.wait_until_quiet()
    return _of(portal.database, rates)


def _of(database: str, rates: _Rates) -> list[Figure]:
    ceiling = median(rates.ceilings)
    signed_in = [100 * rate / best for rate, best in zip(rates.sign_ins, rates.ceilings, strict=True)]
    registered = [200 * rate / best for rate, best in zip(rates.registrations, rates.ceilings, strict=True)]
    patience = at_most(1.25 * CROWD / ceiling)
    return [
        Figure("hashes on all cores, nothing else", ceiling, "per s", database=database),
        Figure("sign-ins, 16 clients", median(rates.sign_ins), "per s", database=database),
        Figure("sign-ins of what hashing allows", median(signed_in), "%", at_least(95), database),
        Figure("sign-in, form and answer, p95", percentile(rates.seconds, 95), "s", patience, database),
        Figure("processor per sign-in beyond the hash", median(rates.work), "ms", at_most(6), database),
        Figure("registrations, 8 clients", median(rates.registrations), "per s", database=database),
        Figure("registrations of what hashing allows", median(registered), "%", at_least(93), database),
    ]


def _one_registration(portal: Portal, customers: Customers) -> Figure:
    ratios = []
    for _ in range(ROUNDS):
        hashing = _seconds(calibration.hash_once)
        ratios.append(customers.register().expect(303).seconds / hashing)
        portal.wait_until_quiet()
    note = "password and answer are hashed at the same time"
    return Figure("one registration, hashes", median(ratios), "hashes", at_most(1.2), portal.database, note)


def _pages(portal: Portal, customers: Customers) -> list[Figure]:
    """Pages for one who looks around: while nothing happens, and during a storm of sign-ins."""
    idle: dict[str, list[float]] = {HEALTH: [], REGISTRATION: []}
    storm: dict[str, list[float]] = {HEALTH: [], REGISTRATION: []}
    kept = []
    for _ in range(ROUNDS):
        _look_around(portal, idle)
        with crowd(CROWD, lambda: customers.sign_in().expect(303), settle=SETTLE) as alone:
            time.sleep(SECONDS)
        with crowd(CROWD, lambda: customers.sign_in().expect(303), settle=SETTLE) as watched:
            _look_around(portal, storm)
        kept.append(100 * watched.rate / alone.rate)
    figures = [figure for path in idle for figure in _page(portal.database, path, idle[path], storm[path])]
    share = Figure("sign-ins kept while pages are served", median(kept), "%", at_least(90), portal.database)
    return [*figures, share]


def _page(database: str, path: str, idle: list[float], storm: list[float]) -> list[Figure]:
    quiet, busy, worst = percentile(idle, 95), percentile(storm, 95), percentile(storm, 99)
    return [
        Figure(f"{path} idle, p95", quiet * 1000, "ms", database=database),
        Figure(f"{path} during sign-ins, p95", busy * 1000, "ms", at_most(10), database),
        Figure(f"{path} during sign-ins, p99", worst * 1000, "ms", at_most(25), database),
        Figure(f"{path} during sign-ins to idle, p95", busy / quiet, "times", at_most(2), database),
    ]


def _look_around(portal: Portal, seconds: dict[str, list[float]]) -> None:
    visitor, until = Visitor(portal.port), time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        for path, found in seconds.items():
            found.append(visitor.get(path).expect(200).seconds)
            time.sleep(PAUSE)
    visitor.close()


def _overfull(portal: Portal, customers: Customers) -> list[Figure]:
    """What those hear for whom the queue has no place."""
    answers: list[Answer] = []
    with crowd(OVERFULL, lambda: answers.append(customers.sign_in()), settle=SETTLE):
        time.sleep(SECONDS)
    turned_away = [answer.seconds * 1000 for answer in answers if answer.status == 503]
    share = Figure("turned away of 40 clients", len(turned_away), "answers", at_least(1), portal.database)
    if not turned_away:
        return [share]
    soon = Figure("being turned away, p95", percentile(turned_away, 95), "ms", at_most(50), portal.database)
    return [share, soon]


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
