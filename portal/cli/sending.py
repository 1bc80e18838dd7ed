"""flask sender: the process that sends campaigns; flask installation: where they may be sent from."""

import fcntl
import os
import signal
import sys
import threading

import click
from flask import Flask
from flask.cli import AppGroup, ScriptInfo, with_appcontext

from portal.audit.models import ActorKind
from portal.audit.service import Actor
from portal.config import Settings
from portal.foundation import database, logs, trimming
from portal.foundation.database import db
from portal.newsletter.sending.process import Sender
from portal.newsletter.service import installation

LOCK = "sender.lock"  # in INSTANCE

installation_group = AppGroup("installation", help="Say where campaigns may be sent from.")


@click.command("sender")
@click.option("--connections", type=click.IntRange(1, 200), help="To the mail server, at a time.")
@click.option("--until-idle", type=click.FloatRange(min=0), help="End after so many seconds without work.")
@click.option("--with-parent", is_flag=True, help="End when standard input is closed.")
@click.pass_context
def sender(context: click.Context, connections: int | None, until_idle: float | None, *, with_parent: bool) -> None:
    """Send campaigns, until told to end; the worker starts this when there is something to send."""
    app = context.ensure_object(ScriptInfo).load_app()
    own: Settings = app.extensions["portal.settings"]
    _be_the_only_one(app, own)
    logs.start(own)
    stop = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())
    if with_parent:
        threading.Thread(target=_wait_for_end, args=(stop,), daemon=True).start()
    _ask_whether_from_here(app)
    trimming.settle()
    os.nice(own.sender_niceness)
    Sender(app, own, stop, connections or own.sender_connections).run(until_idle)


@installation_group.command("allow")
@with_appcontext
def allow() -> None:
    """Let campaigns be sent from every place that has asked, such as this one after a restore."""
    with database.transaction():
        installation.may_send()
        places = installation.refused()
        for place in places:
            installation.allow(place, Actor(ActorKind.OPERATOR, name="Operator"))
            click.echo(f"Campaigns may be sent from: {place.place}")
    if not places:
        click.echo("No place waits for a word.")


def _be_the_only_one(app: Flask, own: Settings) -> None:
    """On SQLite a second sender would only wait for the first; the lock goes with the process, however that ends."""
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            return
    lock = os.open(own.instance / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise click.ClickException("Another sender is at work on this database.") from None


def _ask_whether_from_here(app: Flask) -> None:
    with app.app_context(), database.transaction():
        allowed = installation.may_send()
    if not allowed:
        raise click.ClickException(
            "This database sent its campaigns from another place. If it is no copy: flask installation allow"
        )


def _wait_for_end(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()
