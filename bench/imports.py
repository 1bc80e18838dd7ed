"""Imports: a file of many customers checked and written by the worker, beside the same rows into a bare table."""

import csv
import io
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench import floor, people, processes, watching
from bench.figures import Figure, at_least, at_most, median, percentile
from bench.shops import Portal
from bench.visitors import Broken, Visitor
from portal.cli.demo.people import people as invented
from portal.foundation.database import db

ROUNDS = 3  # each with a file of its own, because what was imported once is the same the second time
MOST = 100_000  # rows
START = 20_000_000  # of the invented people, far behind those whom the shop has
PATH = "/staff/transfers"
WITHIN = 1800  # seconds
LOOK = 0.05
HEAD = (
    *("customer_number", "first_name", "last_name", "email", "telephone", "stores", "gender", "date_of_birth"),
    *("remarks", "address_1", "city", "state", "postcode", "country"),
)
RATES = {"postgresql": 12_000, "sqlite": 6_000}  # rows/s
SHORT = 500  # rows that SQLite takes in one transaction
BARE = "bench_bare"
LOCKED = "database is locked"  # SQLite's words, and behind them SQLAlchemy names the statement


@dataclass
class _Rounds:
    """What each round found, in seconds if nothing else is said."""

    upload: list[float] = field(default_factory=list)
    check: list[float] = field(default_factory=list)
    preview: list[float] = field(default_factory=list)
    write: list[float] = field(default_factory=list)
    least: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)  # customers/s
    work: list[float] = field(default_factory=list)  # of the worker's processor, both halves
    growth: list[float] = field(default_factory=list)  # MB
    web_growth: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)  # ms of the write lock
    refused: list[int] = field(default_factory=list)

    def add(self, check: tuple[float, float], write: tuple[float, float]) -> None:
        """Keep what both halves took."""
        self.check.append(check[0])
        self.write.append(write[0])
        self.work.append(check[1] + write[1])


def measure(portal: Portal, size: int) -> list[Figure]:
    """Upload, check, preview and import of one new file after the other."""
    many, rounds = min(size, MOST), _Rounds()
    for place in range(ROUNDS):
        table = rows(portal, many, place)
        _least(portal, table, rounds)
        if portal.database == "sqlite":
            with watching.lock(portal) as held:
                number = _round(portal, _file(table), rounds)
            rounds.held += [one * 1000 for one in held]
        else:
            number = _round(portal, _file(table), rounds)
        made, took = floor.seconds(portal, number)
        rounds.floor.append(made / took)
    return _told(portal, many, rounds)


def rows(portal: Portal, number: int, place: int) -> list[list[str]]:
    """A table as shops have it: mostly new customers, one in ten on record with a change, one in a hundred wrong."""
    change = number // 10
    chance = random.Random(place)
    on_record = portal.rows(
        "SELECT number, email FROM customer WHERE email <> '' AND erased_at IS NULL AND merged_into_id IS NULL "
        "ORDER BY id LIMIT :most OFFSET :skip",
        most=change,
        skip=place * change % max(1, number - change),
    )
    found = [
        [str(known), "", "", str(email), "", "", "", "", f"Told us in round {place}"] + [""] * 5
        for known, email in on_record
    ]
    for serial, one in enumerate(invented(number - len(found), START + place * MOST)):
        born = f"{1945 + serial % 60}-{1 + serial % 12:02}-{1 + serial % 28:02}" if serial % 3 == 0 else ""
        town = one.town or ("", "", "")
        email = one.email if serial % 100 else "no address"
        gender = ("", "female", "male")[serial % 3]
        contact = [email, one.telephone, one.store, gender, born, ""]
        found.append(
            [
                "",
                one.first_name,
                one.last_name,
                *contact,
                one.street if one.town else "",
                *town,
                one.place.country if one.town else "",
            ]
        )
    chance.shuffle(found)
    return found


def _file(table: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEAD, *table])
    return text.getvalue().encode()


def _round(portal: Portal, file: bytes, rounds: _Rounds) -> int:
    """Import a file; which number the import has."""
    owner, worker = people.owner(portal), portal.worker()
    with watching.memory(portal.web()) as web, watching.memory(worker) as held:
        started = time.perf_counter()
        owner.get(PATH).expect(200)
        mine = owner.send_file(PATH, "file", file).expect(303).leads_to
        rounds.upload.append(time.perf_counter() - started)
        number = int(mine.rpartition("/")[2])
        owner.get(mine).expect(200)
        mapping = {f"column_{place}": name for place, name in enumerate(HEAD)}
        check = _worked(portal, number, "ready", lambda: rounds.preview.append(_match(portal, owner, number, mapping)))
        write = _worked(portal, number, "done", lambda: owner.post(f"{mine}/import").expect(303))
    rounds.add(check, write)
    rounds.growth.append(max(held) - held[0])
    rounds.web_growth.append(max(web) - web[0])
    [(counts,)] = portal.rows(
        "SELECT count(*) FROM customer_import_row WHERE import_id = :id AND outcome = 'problem'", id=number
    )
    rounds.refused.append(int(str(counts)))
    return number


def _match(portal: Portal, owner: Visitor, number: int, mapping: dict[str, str]) -> float:
    """Send the columns, and come back when the preview shows rows: after how many seconds."""
    mine, start = f"{PATH}/{number}", time.perf_counter()
    owner.post(f"{mine}/columns", key="auto", **mapping).expect(303)
    while not portal.rows("SELECT 1 FROM customer_import_row WHERE import_id = :id LIMIT 1", id=number):
        if time.perf_counter() - start > WITHIN:
            raise Broken(f"The check had no row after {WITHIN} seconds.")
        time.sleep(LOOK)
    owner.get(mine).expect(200)
    return time.perf_counter() - start


def _worked(portal: Portal, number: int, stage: str, begin: Callable[[], object]) -> tuple[float, float]:
    """Begin something and wait until the worker is through with it: seconds, and those of its processor."""
    worker = portal.worker()
    before, start = processes.spent(worker), time.perf_counter()
    begin()
    while (found := str(portal.rows("SELECT stage FROM customer_import WHERE id = :id", id=number)[0][0])) != stage:
        if time.perf_counter() - start > WITHIN:
            raise Broken(f"The import was still {found} after {WITHIN} seconds.")
        time.sleep(LOOK)
    return time.perf_counter() - start, processes.spent(worker) - before


def _least(portal: Portal, table: list[list[str]], rounds: _Rounds) -> None:
    """The same cells into a table without keys, indexes and checks, in the way that is fastest on each database."""
    columns = ", ".join(f"{name} text" for name in HEAD)
    with portal.app.app_context(), db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute(f"DROP TABLE IF EXISTS {BARE}")
        driver.execute(f"CREATE TABLE {BARE} ({columns})")
        start = time.perf_counter()
        if portal.database == "postgresql":
            with driver.cursor() as cursor, cursor.copy(f"COPY {BARE} FROM STDIN") as copy:
                for row in table:
                    copy.write_row(row)
            driver.commit()
        else:
            into = f"INSERT INTO {BARE} VALUES ({', '.join('?' * len(HEAD))})"  # noqa: S608 - names of our own
            for place in range(0, len(table), SHORT):
                driver.execute("BEGIN IMMEDIATE")
                driver.executemany(into, table[place : place + SHORT])
                driver.execute("COMMIT")
        rounds.least.append(time.perf_counter() - start)
        driver.execute(f"DROP TABLE {BARE}")
        driver.commit()


def _told(portal: Portal, number: int, rounds: _Rounds) -> list[Figure]:
    database = portal.database
    whole = [check + write for check, write in zip(rounds.check, rounds.write, strict=True)]
    writing, bare = number / median(rounds.write), median(rounds.floor)
    note = f"into the same tables and indexes: {bare:,.0f} customers/s"
    whole_preview = f"all of it after {median(rounds.check):.1f} s"
    told = [
        Figure("import, upload", median(rounds.upload), "s", database=database, note=f"{number:,} rows"),
        Figure("import, check", number / median(rounds.check), "rows/s", database=database),
        Figure("import, writing", writing, "rows/s", database=database),
        Figure("import, both", number / median(whole), "rows/s", at_least(RATES[database]), database),
        Figure(
            "import, both, per processor second of the worker",
            number / median(rounds.work),
            "rows/s",
            database=database,
        ),
        Figure("import, to the bare table", 100 * median(rounds.least) / median(whole), "%", database=database),
        Figure("import, writing, to the same rows bare", 100 * writing / bare, "%", None, database, note),
        Figure("import, both, to the same rows bare", 100 * number / median(whole) / bare, "%", None, database),
        Figure("import, first rows of the preview", median(rounds.preview), "s", at_most(1.5), database, whole_preview),
        Figure("import, rows refused", median(rounds.refused), "rows", database=database),
        Figure("import, growth of the worker", max(rounds.growth), "MB", at_most(32), database),
        Figure("import, growth of the web worker", max(rounds.web_growth), "MB", at_most(32), database),
    ]
    if database == "sqlite":
        told.append(
            Figure(
                "import, write lock held: p95",
                percentile(rounds.held, 95),
                "ms",
                at_most(100),
                database,
                f"longest {max(rounds.held):.0f} ms",
            )
        )
    said = portal.shop.said()
    statement = said.rpartition(LOCKED)[2][:160] if LOCKED in said else ""
    told.append(Figure("import, “database is locked”", said.count(LOCKED), "times", at_most(0), database, statement))
    return told
