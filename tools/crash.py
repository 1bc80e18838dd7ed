"""Kill senders, sink, database and all of them at random moments of campaigns, round after round, and check the sums.

    python -m tools.crash [ROUNDS [RECIPIENTS [SEED [DATABASE]]]]

Prints a line for each round and database, and ends with 1 when a promise was broken.
"""

import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from portal.audit.service import SYSTEM
from portal.foundation.clock import now
from portal.foundation.database import db, transaction
from portal.foundation.errors import Conflict
from portal.newsletter.models import Campaign, Subscription
from portal.newsletter.models import SubscriptionState as Was
from portal.newsletter.service import campaigns
from tests import postgres
from tests.newsletter import crashes, shops
from tests.newsletter.campaigns import subscribe
from tests.newsletter.crashes import Stage

ROUNDS, RECIPIENTS = 20, 20_000
CONNECTIONS = 8
PAUSES = 20

Disturb = Callable[[Stage, random.Random], None]


def kill_sender(stage: Stage, _: random.Random) -> None:
    """The process that sends dies."""
    stage.kill("sender")


def kill_sink(stage: Stage, _: random.Random) -> None:
    """The mail server dies and comes back."""
    stage.kill("sink")


def kill_database(_: Stage, rng: random.Random) -> None:
    """PostgreSQL crashes and recovers, by the death of one of its processes; SQLite is held by a long writer."""
    if db.engine.dialect.name == "sqlite":
        with transaction():
            db.session.connection()
            time.sleep(rng.uniform(0.2, 1.0))
        return
    pid = db.session.scalar(sa.text("SELECT max(pid) FROM pg_stat_activity WHERE datname = current_database()"))
    db.session.rollback()
    with suppress(ProcessLookupError):  # gone by itself meanwhile
        os.kill(int(pid), signal.SIGKILL)


def kill_all(stage: Stage, rng: random.Random) -> None:
    """Everything at once."""
    for name in ("sender", "sleeper", "sink"):
        stage.kill(name)
    if db.engine.dialect.name != "sqlite":
        kill_database(stage, rng)


def stop_sender(stage: Stage, _: random.Random) -> None:
    """The sender sleeps until its leases are over, then wakes up; another one begins meanwhile on PostgreSQL."""
    pid = stage.processes.get("sender")
    if pid is None:
        return
    os.kill(pid, signal.SIGSTOP)
    if db.engine.dialect.name != "sqlite":
        stage.kill("sleeper")  # of the time before
        stage.processes["sleeper"] = stage.processes.pop("sender")
        stage.start("sender")
    stage.wait(crashes.LEASE + 1)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def pause(stage: Stage, _: random.Random) -> None:
    """Somebody pauses and resumes."""
    del stage
    for _number in range(PAUSES // 4):
        for verb in (campaigns.pause, campaigns.resume):
            newest = db.session.scalars(sa.select(Campaign).order_by(Campaign.id.desc()).limit(1)).one()
            try:
                with transaction():
                    verb(newest, SYSTEM)
            except Conflict:
                continue
            time.sleep(0.02)


DISTURBANCES: tuple[Disturb, ...] = (kill_sender, kill_sink, kill_database, kill_all, stop_sender, pause)


def anything(stage: Stage, rng: random.Random) -> None:
    """One of them."""
    rng.choice(DISTURBANCES)(stage, rng)


def main() -> int:
    """All rounds on both databases."""
    numbers = [int(word) for word in sys.argv[1:4]]
    rounds, recipients, seed = (*numbers, *(ROUNDS, RECIPIENTS, int(time.time()))[len(numbers) :])
    print(f"seed {seed}: {rounds} rounds of {recipients} recipients, {CONNECTIONS} connections", flush=True)
    broken = 0
    for database in sys.argv[4:] or ("sqlite", "postgresql"):
        with (
            postgres.server() if database == "postgresql" else nullcontext("") as server,
            tempfile.TemporaryDirectory() as folder,
        ):
            app = shops.opened(Path(folder), server)
            with app.app_context():
                broken += _rounds(app, Path(folder), rounds, recipients, random.Random(seed))
    print("Every promise was kept." if not broken else f"{broken} rounds broke a promise.")
    return 1 if broken else 0


def _rounds(app: Flask, folder: Path, rounds: int, recipients: int, rng: random.Random) -> int:
    name, broken = db.engine.dialect.name, 0
    if name == "postgresql":
        with db.engine.connect() as connection:
            connection.execute(sa.text(f'ALTER DATABASE "{db.engine.url.database}" SET synchronous_commit = on'))
            connection.commit()
    crashes.witness()
    subscribe(recipients)
    stage = Stage(app, folder, CONNECTIONS)
    try:
        for number in range(1, rounds + 1):
            began = time.monotonic()
            with transaction():  # who left in the round before is back
                db.session.execute(sa.update(Subscription).values(state=Was.ACTIVE, changed_at=now()))
            found = crashes.play(stage, anything, rng)
            broken += not found.is_good
            told = f"kills {stage.round.kills}, left {len(stage.round.answered)}"
            print(f"{name} {number}: {told}, {found}, {time.monotonic() - began:.0f} s", flush=True)
    finally:
        stage.close()
        db.session.remove()
        db.engine.dispose()
    return broken


if __name__ == "__main__":
    sys.exit(main())
