"""Accounts: signing in and registering beside the hashes that they cost, and pages meanwhile."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench import calibration, processes, shops
from bench.figures import Figure, at_least, at_most, median, percentile
from bench.people import Customers
from bench.shops import Portal
from bench.visitors import Answer, Tally, Visitor, crowd

ROUNDS = 5
SECONDS = 4.0  # of each measurement in a round
HASHING = 2.0  # seconds of each look at the ceiling
SETTLE = 2.0  # seconds until a crowd has found its rhythm
CROWD = 16
REGISTERING = 8  # two hashes each, so as many as those of the crowd
OVERFULL = 40  # more than the queue for hashing holds
COME_BACK = 1.0  # seconds until somebody who was turned away tries again
PAUSE = 0.02  # seconds between two pages of the visitor who looks around
PAGES = ("/healthz", "/register")

Seconds = dict[str, list[float]]  # of each page, by its path


def run(size: int) -> list[Figure]:
    """On both databases, or the one asked for."""
    return [figure for database in shops.chosen() for figure in _on(database, size)]


def _on(database: str, size: int) -> list[Figure]:
    with shops.opened(database, size) as portal:
        idle = processes.memory(portal.web())
        customers = Customers(portal)
        customers.sign_in().expect(303)
        rounds = _Rounds()
        for _ in range(ROUNDS):
            _round(portal, customers, rounds)
        figures = [*_rates(database, rounds), *_pages(database, rounds), *_overfull(database, customers)]
        return [
            *figures,
            Figure("memory of the web worker, idle", idle, "MB", at_most(75), database),
            Figure(
                "memory of the web worker, after all this", processes.memory(portal.web()), "MB", at_most(95), database
            ),
        ]


@dataclass
class _Rounds:
    """What each round found: rates per second beside the ceiling of the same minute, pages, processor time."""

    ceilings: list[float] = field(default_factory=list)
    sign_ins: list[float] = field(default_factory=list)
    watched: list[float] = field(default_factory=list)  # sign-ins while somebody looks around
    registrations: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)  # seconds that 95 of 100 sign-ins of a round stay below
    work: list[float] = field(default_factory=list)  # ms of processor time of a sign-in beyond the hash
    alone: list[float] = field(default_factory=list)  # hashes that one registration takes when nothing else goes on
    idle: Seconds = field(default_factory=lambda: {path: [] for path in PAGES})
    storm: Seconds = field(default_factory=lambda: {path: [] for path in PAGES})


def _round(portal: Portal, customers: Customers, rounds: _Rounds) -> None:
    rounds.ceilings.append(calibration.ceiling(HASHING))
    before = processes.used(portal.web())
    tally = _together(CROWD, customers.sign_in, lambda: time.sleep(SECONDS))
    spent = processes.used(portal.web()) - before
    rounds.sign_ins.append(tally.rate)
    rounds.waits.append(percentile(tally.seconds, 95))
    rounds.work.append(spent.working * 1000 / tally.all)
    watched = _together(CROWD, customers.sign_in, lambda: _look_around(portal, rounds.storm))
    rounds.watched.append(watched.rate)
    rounds.registrations.append(_together(REGISTERING, customers.register, lambda: time.sleep(SECONDS)).rate)
    portal.wait_until_quiet()
    _look_around(portal, rounds.idle)
    rounds.alone.append(_seconds(calibration.hash_once))
    rounds.alone[-1] = customers.register().expect(303).seconds / rounds.alone[-1]
    portal.wait_until_quiet()


def _together(size: int, act: Callable[[], Answer], meanwhile: Callable[[], object]) -> Tally:
    with crowd(size, lambda: act().expect(303), settle=SETTLE) as tally:
        meanwhile()
    return tally


def _look_around(portal: Portal, found: Seconds) -> None:
    visitor, until = Visitor(portal.port), time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        for path, seconds in found.items():
            seconds.append(visitor.get(path).expect(200).seconds)
            time.sleep(PAUSE)
    visitor.close()


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _rates(database: str, rounds: _Rounds) -> list[Figure]:
    ceiling = median(rounds.ceilings)
    signed_in = _share(rounds.sign_ins, rounds.ceilings)
    registered = 2 * _share(rounds.registrations, rounds.ceilings)
    kept = _share(rounds.watched, rounds.sign_ins)
    fair = [wait * rate / CROWD for wait, rate in zip(rounds.waits, rounds.ceilings, strict=True)]
    turn = "1 is the wait of everybody if hashing did nothing else and nobody was passed by"
    both = "password and answer are hashed at the same time"
    return [
        Figure("hashes on all cores, nothing else", ceiling, "per s", database=database),
        Figure("sign-ins, 16 clients", median(rounds.sign_ins), "per s", database=database),
        Figure("sign-ins, of what hashing allows", signed_in, "%", at_least(95), database),
        Figure("sign-in, form and answer, p95", median(rounds.waits), "s", database=database),
        Figure("sign-in, form and answer, p95 to a fair turn", median(fair), "times", at_most(1.25), database, turn),
        Figure("sign-in, processor beyond the hash", median(rounds.work), "ms", at_most(6), database),
        Figure("sign-ins kept while pages are served", kept, "%", at_least(90), database),
        Figure("registrations, 8 clients", median(rounds.registrations), "per s", database=database),
        Figure("registrations, of what hashing allows", registered, "%", at_least(93), database),
        Figure("one registration alone", median(rounds.alone), "hashes", at_most(1.2), database, both),
    ]


def _share(rates: Sequence[float], best: Sequence[float]) -> float:
    """The middle of the shares of each round, in percent."""
    return median([100 * rate / most for rate, most in zip(rates, best, strict=True)])


def _pages(database: str, rounds: _Rounds) -> list[Figure]:
    figures = []
    for path in PAGES:
        idle, storm = percentile(rounds.idle[path], 95), percentile(rounds.storm[path], 95)
        worst = percentile(rounds.storm[path], 99)
        figures += [
            Figure(f"{path} idle, p95", idle * 1000, "ms", database=database),
            Figure(f"{path} during sign-ins, p95", storm * 1000, "ms", at_most(10), database),
            Figure(f"{path} during sign-ins, p99", worst * 1000, "ms", at_most(25), database),
            Figure(f"{path} during sign-ins, p95 to idle", storm / idle, "times", at_most(2), database),
        ]
    return figures


def _overfull(database: str, customers: Customers) -> list[Figure]:
    """What those hear for whom the queue has no place; they come back after a while."""
    answers: list[Answer] = []

    def try_it() -> None:
        answers.append(customers.sign_in())
        if answers[-1].status == 503:
            time.sleep(COME_BACK)

    with crowd(OVERFULL, try_it, settle=SETTLE):
        time.sleep(SECONDS)
    turned_away = [answer.seconds * 1000 for answer in answers if answer.status == 503]
    some = Figure("turned away, of 40 clients", len(turned_away), "answers", at_least(1), database)
    if not turned_away:
        return [some]
    return [some, Figure("turned away, p95", percentile(turned_away, 95), "ms", at_most(50), database)]
