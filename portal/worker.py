"""The sweep: what is due, on which thread, one transaction per task; and its command, `flask worker`."""

import functools
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import click
from flask import Flask
from flask.cli import ScriptInfo

from portal.accounts.service import (
    ceremonies,
    cooling_off,
    devices,
    email_change,
    identity,
    registration,
    sessions,
    support_pin,
    tries,
)
from portal.audit import anchors
from portal.customers.service import closing, duplicates, erasure
from portal.figures.service import fill as fill_figures
from portal.foundation import database, files, form_keys, heartbeat, planning, retention, throttle, tokens, trace
from portal.groups.service import applications, digests, settling
from portal.jobs.tasks import advance_jobs
from portal.ledgers import anchors as ledger_anchors
from portal.ledgers import chain
from portal.mail.tasks import deliver_outbox
from portal.newsletter.results import days as audience_days
from portal.newsletter.results import work as results
from portal.newsletter.sending.crew import Crew
from portal.newsletter.tasks import advance_campaigns
from portal.transfers.service import permitting, uploading

NAP = 0.5  # seconds between two looks at a table that had nothing due
MINUTE = 60.0
PAUSE = 2.0
LONG_PAUSE = 5.0  # between two looks at what nobody waits for
HOUR = 3600.0
FAREWELL = 7.0  # seconds that work in hand gets when the worker is told to end
AFTER_TROUBLE = 5.0  # seconds of rest when the database cannot be reached, or a task broke

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """Something that is done again and again: at once while it finds something to do, else after a pause."""

    name: str
    work: Callable[[], int]
    pause: float
    threads: int = 1
    naps: threading.Lock = field(default_factory=threading.Lock)  # taken one after the other: see `_repeat`


def in_transaction(sweep: Callable[[], object]) -> Callable[[], object]:
    """A sweep in a transaction of its own."""

    def swept() -> None:
        with database.transaction():
            sweep()

    return swept


# Each is short, safe to repeat and safe beside another worker's.
SWEEPS: tuple[Callable[[], object], ...] = (
    in_transaction(tokens.sweep),
    in_transaction(throttle.sweep),
    in_transaction(form_keys.sweep),
    in_transaction(heartbeat.sweep),
    in_transaction(files.sweep),
    in_transaction(sessions.sweep),
    in_transaction(ceremonies.sweep),
    in_transaction(tries.sweep),
    in_transaction(devices.sweep),
    in_transaction(registration.sweep),
    in_transaction(email_change.apply_due),
    in_transaction(email_change.expire_due),
    in_transaction(cooling_off.sweep),
    in_transaction(identity.sweep),
    in_transaction(support_pin.sweep),
    in_transaction(settling.settle_due),
    in_transaction(applications.expire_due),
    in_transaction(digests.send_due),
    in_transaction(digests.remind_due),
    in_transaction(uploading.sweep),
    in_transaction(permitting.sweep),
    in_transaction(anchors.drop_due),
    in_transaction(ledger_anchors.drop_due),
    fill_figures,
    audience_days.write_missing,
    closing.erase_due,
)


def sweep_all() -> int:
    """Clear away what has run out; one that breaks does not keep the others from their turn."""
    for sweep in SWEEPS:
        try:
            sweep()
        except Exception:
            log.exception("A sweep broke.")
    return 0


def beat() -> int:
    """Give a sign of life."""
    with database.transaction():
        heartbeat.beat(f"{socket.gethostname()}:{os.getpid()}")
    return 0


def find_duplicates() -> int:
    """Compare some customers with others, and let the database do something else between."""
    duplicates.find_some()
    return 0


def seal_ledgers() -> int:
    """Seal lines of before there was a chain, some thousand at a time, until none is left."""
    with database.transaction():
        return chain.seal_backlog()


def clear_deleted() -> int:
    """Have what was deleted leave the index of the search and the files of the database."""
    erasure.clear_search()
    database.forget_deleted()
    return 0


def tasks(threads: int, crew: Crew) -> list[Task]:
    """All there is to do."""
    return [
        Task("outbox", deliver_outbox, NAP, threads),
        Task("jobs", advance_jobs, NAP),
        Task("campaigns", functools.partial(advance_campaigns, crew), NAP),
        Task("bounces", results.advance, PAUSE),
        Task("sweeps", sweep_all, MINUTE),
        Task("duplicates", find_duplicates, LONG_PAUSE),
        Task("ledgers", seal_ledgers, MINUTE),
        Task("retention", retention.forget_some, HOUR),
        Task("deleted", clear_deleted, HOUR),
        Task("planning", planning.learn, MINUTE),
        Task("heartbeat", beat, heartbeat.EVERY),
    ]


def run(app: Flask, todo: list[Task], stop: threading.Event) -> None:
    """Work until told to stop, then let the work in hand end."""
    threads = [
        threading.Thread(target=_repeat, args=(app, task, stop), name=f"{task.name}-{number}", daemon=True)
        for task in todo
        for number in range(task.threads)
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    share = FAREWELL / len(threads)
    for thread in threads:
        thread.join(share)


def _repeat(app: Flask, task: Task, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            with app.app_context():
                trace.start()
                done = task.work()
        except Exception:
            log.exception("The task %s broke; it goes on.", task.name)
            stop.wait(AFTER_TROUBLE)
        else:
            if not done:
                with task.naps:  # however many threads there are, they look no more often than one would
                    stop.wait(task.pause)


@click.command("worker")
@click.pass_context
def command(context: click.Context) -> None:
    """Send mails and clear away what has run out, until told to end."""
    app = context.ensure_object(ScriptInfo).load_app()
    stop = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())
    crew = Crew()
    try:
        run(app, tasks(app.extensions["portal.settings"].worker_threads, crew), stop)
    finally:
        crew.end()
