"""Exports: the file of all customers over HTTP, beside the bare minimum that the same rows take."""

import csv
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import people, processes, watching
from bench.figures import Figure, at_least, at_most, median, percentile
from bench.shops import Portal
from bench.visitors import Broken, Download, Visitor
from portal.foundation.database import db
from portal.foundation.engines import READING
from portal.transfers.service import exporting, selecting

ROUNDS = 5
FILE = "/staff/transfers/export.csv"
PAGES = ("/register", "/staff/customers")
IDLE = 100  # pages that are opened before, while nothing goes on


@dataclass
class _Rounds:
    """What each round found: seconds of the file and of the minimum, and processor time of both."""

    files: list[Download] = field(default_factory=list)
    least: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)  # seconds of the web server
    least_work: list[float] = field(default_factory=list)
    behind: list[float] = field(default_factory=list)  # seconds of the database server
    least_behind: list[float] = field(default_factory=list)
    growth: list[float] = field(default_factory=list)  # MB


def measure(portal: Portal, size: int) -> list[Figure]:
    """The file and the minimum in turn, then once more while somebody looks around."""
    people.owner(portal).download(f"{FILE}?created_from=2200-01-01")  # what the first file ever loads
    rounds = _Rounds()
    for _ in range(ROUNDS):
        _take(portal, size, rounds)
        _least(portal, rounds)
    return [*_rates(portal.database, size, rounds), *_meanwhile(portal)]


def _take(portal: Portal, size: int, rounds: _Rounds) -> None:
    owner = people.owner(portal)  # whose sign-in is fresh
    web, behind = portal.web(), _behind(portal)
    before = processes.used(web)
    with watching.memory(web) as held:
        file = owner.download(FILE)
    rounds.work.append((processes.used(web) - before).working)
    rounds.behind.append(_since(behind, portal))
    rounds.growth.append(max(held) - held[0])
    if file.status != 200 or file.lines <= size * 0.9:
        raise Broken(f"{FILE} answered {file.status} with {file.lines} lines.")
    rounds.files.append(file)


def _least(portal: Portal, rounds: _Rounds) -> None:
    """The same rows in the same order, nothing made harmless, to nowhere."""
    with portal.app.app_context(), db.engine.connect().execution_options(**READING) as connection:
        query = selecting.selected(()).query
        behind = _behind(portal)
        start, work = time.perf_counter(), time.process_time()
        driver: Any = connection.connection.driver_connection
        if portal.database == "postgresql":
            driver.execute(exporting.PLANNED)
            words = exporting.literal(query)
            with driver.cursor() as cursor, cursor.copy(f"COPY ({words}) TO STDOUT (FORMAT csv)") as copy:
                for _ in copy:
                    pass
        else:
            with Path(os.devnull).open("w", encoding="utf-8", newline="") as nowhere:
                csv.writer(nowhere).writerows(driver.execute(exporting.literal(query)))
        rounds.least.append(time.perf_counter() - start)
        rounds.least_work.append(time.process_time() - work)
        rounds.least_behind.append(_since(behind, portal))


def _behind(portal: Portal) -> dict[int, float]:
    """Seconds that each process of PostgreSQL has worked for this shop; nothing on SQLite."""
    if portal.database != "postgresql":
        return {}
    serving = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    pids = [pid for (pid,) in portal.rows(serving) if isinstance(pid, int)]
    return {pid: processes.used([pid]).working for pid in pids}


def _since(before: dict[int, float], portal: Portal) -> float:
    """Seconds that they have worked since, those that began meanwhile included."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in _behind(portal).items())


def _rates(database: str, size: int, rounds: _Rounds) -> list[Figure]:
    seconds = [file.seconds for file in rounds.files]
    firsts = [file.first * 1000 for file in rounds.files]
    shares = [100 * least / whole for least, whole in zip(rounds.least, seconds, strict=True)]
    is_sqlite = database == "sqlite"
    least = "a bare csv.writer" if is_sqlite else "plain COPY"
    found = [
        Figure("export of all", median(seconds), "s", database=database, note=f"{least} {median(rounds.least):.2f} s"),
        Figure("export of all", size / median(seconds), "rows/s", database=database),
        Figure(f"export, to {least}", median(shares), "%", None if is_sqlite else at_least(45), database),
        Figure("export, first byte", median(firsts), "ms", at_most(100), database, f"slowest {max(firsts):.0f} ms"),
        Figure("export, growth of the web worker", max(rounds.growth), "MB", at_most(16), database),
        Figure("export, processor of the web worker", median(rounds.work), "s", database=database),
    ]
    if is_sqlite:
        share = _share(rounds.least_work, rounds.work)
        found.append(Figure(f"export per processor second, to {least}", share, "%", at_least(60), database))
    else:
        share = _share(rounds.least_behind, rounds.behind)
        found.append(Figure(f"export, processor of PostgreSQL, to {least}", share, "%", database=database))
    return found


def _share(least: list[float], whole: list[float]) -> float:
    """How much of all that was used the minimum would have used, in %; of all rounds, because clocks are coarse."""
    return 100 * sum(least) / sum(whole) if sum(whole) else 0.0


def _meanwhile(portal: Portal) -> list[Figure]:
    """Pages while somebody takes the file; signing in for it is over before, which takes a processor of its own."""
    found = []
    for path in PAGES:
        looker: Visitor = people.owner(portal)
        idle = [looker.get(path).expect(200).seconds for _ in range(IDLE)]
        taken: list[float] = []
        while len(taken) < IDLE:
            owner = people.owner(portal)
            with watching.pages(looker, path) as seconds:
                owner.download(FILE)
            taken += seconds
        note = f"nothing going on: {_slowest(idle):.1f} ms"
        if portal.database == "postgresql":
            note += f", beside plain COPY: {_slowest(_beside_the_minimum(portal, looker, path)):.1f} ms"
        name = f"{path} during an export: p95"
        found.append(Figure(name, _slowest(taken), "ms", at_most(10), portal.database, note))
    return found


def _beside_the_minimum(portal: Portal, looker: Visitor, path: str) -> list[float]:
    """Seconds of a page while the database alone is at work: what the processors at hand cost, whoever writes files."""
    taken: list[float] = []
    while len(taken) < IDLE:
        with watching.pages(looker, path) as seconds:
            _least(portal, _Rounds())
        taken += seconds
    return taken


def _slowest(seconds: list[float]) -> float:
    return percentile(seconds, 95) * 1000
