"""flask sender: the process that sends campaigns; the worker starts it when there is one to send."""

import signal
import threading

import click
from flask.cli import ScriptInfo

from portal.config import Settings
from portal.newsletter.sending.process import Sender


@click.command("sender")
@click.option("--connections", type=click.IntRange(1, 200), help="To the mail server, at a time.")
@click.option("--until-idle", type=click.FloatRange(min=0), help="End after so many seconds without work.")
@click.pass_context
def sender(context: click.Context, connections: int | None, until_idle: float | None) -> None:
    """Send campaigns, until told to end."""
    app = context.ensure_object(ScriptInfo).load_app()
    own: Settings = app.extensions["portal.settings"]
    stop = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())
    Sender(app, own, stop).run(connections or own.sender_connections, until_idle)
