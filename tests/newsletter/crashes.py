"""Rounds of a campaign in which senders, the sink and the database are killed at random moments, and what must hold."""

import contextlib
import dataclasses
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from portal.audit.service import SYSTEM
from portal.foundation import database, signing
from portal.foundation.clock import now
from portal.foundation.database import db, table_of, transaction
from portal.foundation.errors import Conflict
from portal.newsletter import mails, queries
from portal.newsletter.models import Campaign, CampaignState, Delivery, DeliveryChunk, DeliveryState, Subscription
from portal.newsletter.models import SubscriptionState as Was
from portal.newsletter.sending.process import Sender
from portal.newsletter.service import campaigns, progress, spooling
from tests.newsletter.campaigns import advance, launched
from tests.newsletter.sink import HANG_UP, Sink, listen
from tests.newsletter.sums import Found, Round, sums

LEASE = 2  # seconds, so that somebody who is stopped is soon taken for dead
LATE = 120  # seconds after which a round has failed, and more for each recipient
PER_RECIPIENT = 0.05
GREYLISTED = 0.3
HANGS_UP = 0.002
STEP = 0.1  # seconds between two looks
LEAVE = 5  # people in each step, until
LEAVERS = 4  # one in so many has left

_delivery, _chunk = table_of(Delivery), table_of(DeliveryChunk)

# Who was begun, and when: the clock is read inside the statement that begins a mail, behind its locks.
WITNESS = {
    "sqlite": """
CREATE TABLE started (subscription_id INTEGER, at REAL)
---
CREATE TRIGGER witness AFTER UPDATE OF state ON delivery WHEN NEW.state = 1
BEGIN INSERT INTO started VALUES (NEW.subscription_id, (julianday('now') - 2440587.5) * 86400.0); END""",
    "postgresql": """
CREATE TABLE started (subscription_id integer, at double precision)
---
CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO started VALUES (NEW.subscription_id, extract(epoch FROM clock_timestamp())); RETURN NULL; END $$
---
CREATE TRIGGER witness AFTER UPDATE OF state ON delivery FOR EACH ROW WHEN (NEW.state = 1)
EXECUTE FUNCTION witness()""",
}


def witness() -> None:
    """Have the database itself note who is begun when."""
    with transaction():
        for statement in WITNESS[db.engine.dialect.name].split("---"):
            db.session.execute(sa.text(statement))


class Stage:
    """A shop, its sink and its senders, each in a process that can be killed."""

    def __init__(self, app: Flask, folder: Path, connections: int) -> None:
        own = app.extensions["portal.settings"]
        self.door = socket.create_server(("127.0.0.1", 0))
        self._app = app
        self._own = dataclasses.replace(
            own, mail_server="127.0.0.1", mail_port=self.door.getsockname()[1], sender_lease=LEASE
        )
        app.extensions["portal.settings"] = self._own
        self.log = folder / "taken"
        self.connections = connections
        self.processes: dict[str, int] = {}
        self.round = Round(connections)
        self.leavers: list[tuple[int, str]] = []  # subscriptions and the words of their links

    def start(self, name: str) -> None:
        """Start a process by its name, unless it lives."""
        if name not in self.processes:
            self.processes[name] = _forked(self._sink if name == "sink" else self._send)

    def kill(self, name: str) -> None:
        """Kill -9; who had ended by themselves had nothing in hand."""
        pid = self.processes.pop(name, 0)
        if pid:
            os.kill(pid, signal.SIGKILL)
            self.round.kills += os.WIFSIGNALED(os.waitpid(pid, 0)[1])

    def note_ends(self) -> None:
        """Forget who ended; one that slept too long was killed by the one that took its chunks."""
        for name, pid in list(self.processes.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self.processes[name]
                self.round.kills += os.WIFSIGNALED(status)

    def wait(self, seconds: float) -> None:
        """Let time pass, in which people leave."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.storm()
            time.sleep(STEP)

    def storm(self) -> None:
        """Some leave by one click; what is answered counts from then on."""
        for _ in range(min(LEAVE, len(self.leavers))):
            subscription_id, word = self.leavers.pop()
            answer = self._app.test_client().post(f"/u/{word}", data={"List-Unsubscribe": "One-Click"})
            assert answer.status_code == 200
            self.round.answered[subscription_id] = time.time()

    def close(self) -> None:
        """End all."""
        for name in list(self.processes):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.processes[name], signal.SIGCONT)
            self.kill(name)
        self.door.close()

    def _send(self) -> None:
        with self._app.app_context():
            Sender(self._app, self._own, threading.Event(), self.connections).run(until_idle=1.0)

    def _sink(self) -> None:
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        rng = random.Random(os.getpid())

        def greylist(who: str) -> bytes:
            return b"451 4.7.1 later" if rng.random() < GREYLISTED and "again" not in who else b"250 OK"

        def hang_up(_: str) -> bytes:
            return HANG_UP if rng.random() < HANGS_UP else b"250 2.0.0 OK"

        def note(who: str, answer: bytes) -> None:
            os.write(log, f"{'H' if answer == HANG_UP else 'T'} {who}\n".encode())

        listen(Sink(slow=0.001, to_recipient=greylist, to_data=hang_up, note=note), self.door)


def play(
    stage: Stage, disturb: "Callable[[Stage, random.Random], None]", rng: random.Random, *, storm: bool = True
) -> Found:
    """One campaign from launch to end, with whatever `disturb` does about once a second."""
    stage.round = Round(stage.connections)
    stage.log.write_bytes(b"")
    with transaction():
        db.session.execute(sa.text("DELETE FROM started"))
    campaign_id = launched()
    _let_go()
    people = _people()
    end = time.monotonic() + LATE + PER_RECIPIENT * len(people)
    stage.leavers = rng.sample(people, len(people) // LEAVERS) if storm else []
    next_time = time.monotonic() + rng.uniform(0.3, 1.0)
    while not _is_over(campaign_id):
        assert time.monotonic() < end, f"The round did not end: {progress.standing(campaign_id)}"
        stage.start("sink")
        stage.start("sender")
        if time.monotonic() >= next_time:
            with _whatever_the_database_does():
                disturb(stage, rng)
            next_time = time.monotonic() + rng.uniform(0.5, 1.1)
        stage.storm()
        time.sleep(STEP)
        stage.note_ends()
        with _whatever_the_database_does():
            spooling.replay()
            _time_passes(campaign_id)
            advance()
            _resume(campaign_id)
    return sums(stage.round, stage.log, campaign_id)


def _forked(work: Callable[[], None]) -> int:
    _let_go()
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


def _let_go() -> None:
    """No connection may be shared with a child."""
    db.session.remove()
    db.engine.dispose()


@contextlib.contextmanager
def _whatever_the_database_does() -> Iterator[None]:
    try:
        yield
    except sa.exc.DBAPIError:
        with contextlib.suppress(sa.exc.DBAPIError):
            database.rollback()
        _let_go()


def _is_over(campaign_id: int) -> bool:
    with _whatever_the_database_does():
        state = db.session.scalar(sa.select(Campaign.state).where(Campaign.id == campaign_id))
        db.session.commit()
        return state is CampaignState.FINISHED
    return False


def _people() -> list[tuple[int, str]]:
    """Everybody, with the word of the link out, which a click sends also while the database is away."""
    audience_id = queries.default_audience().id
    active = sa.select(Subscription.id).where(Subscription.state == Was.ACTIVE).order_by(Subscription.id)
    found = list(db.session.scalars(active))
    db.session.commit()
    return [(who, signing.sign(mails.UNSUBSCRIBE, audience_id, who)) for who in found]


def _time_passes(campaign_id: int) -> None:
    """Who was to be tried again in five minutes is tried again now."""
    with transaction():
        mine = _delivery.c.campaign_id == campaign_id
        later = sa.and_(mine, _delivery.c.state == int(DeliveryState.DEFERRED), _delivery.c.retry_at > now())
        db.session.execute(sa.update(_delivery).where(later).values(retry_at=now()))
        open_ones = sa.and_(_chunk.c.campaign_id == campaign_id, _chunk.c.state == 0, _chunk.c.due_at > now())
        db.session.execute(sa.update(_chunk).where(open_ones).values(due_at=now()))


def _resume(campaign_id: int) -> None:
    """A campaign that paused by itself, for what is done to it here, goes on."""
    campaign = db.session.get(Campaign, campaign_id, populate_existing=True)
    db.session.commit()
    if campaign is not None and campaign.state is CampaignState.PAUSED:
        with contextlib.suppress(Conflict), transaction():
            campaigns.resume(campaign, SYSTEM)
