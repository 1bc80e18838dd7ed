"""flask bounces: take what mail servers and mailbox providers send back, over a port or out of files."""

import signal
import sys
import threading
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from portal.config import settings
from portal.foundation import database
from portal.foundation.errors import Busy
from portal.newsletter.bounces import intake, settling

LATER = 75  # EX_TEMPFAIL of sysexits.h: a mail server that pipes to us keeps the mail and tries again

bounces_group = AppGroup("bounces", help="Mails that came back, and complaints.")


@bounces_group.command("listen")
@click.option("--host", help="Address to listen on; BOUNCE_HOST if not given.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; BOUNCE_PORT if not given.")
@click.option("--lmtp", is_flag=True, help="Speak LMTP, to a mail server on this machine.")
def listen(host: str | None, port: int | None, *, lmtp: bool) -> None:
    """Take mail for the bounce domain by SMTP or LMTP, until told to end."""
    from portal.newsletter.bounces.listener import Listener  # noqa: PLC0415 - a mail server, for this command alone

    own = settings()
    if not own.bounce_domain:
        raise click.ClickException("Set PORTAL_BOUNCE_DOMAIN: mail for any other domain is refused.")
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - its documented way out
    listener = Listener(app, host or own.bounce_host, own.bounce_port if port is None else port, lmtp=lmtp)
    stop = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())
    listener.start()
    click.echo(f"Listening on {listener.hostname}:{listener.bound_port}.")
    stop.wait()
    listener.stop()


@bounces_group.command("take")
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--to", "recipient", default="", help="Recipient of the envelope, where the mail does not say it.")
def take(files: tuple[Path, ...], recipient: str) -> None:
    """Take mails out of FILES or Maildirs, or the one on standard input, as an alias pipes it.

    What is read from a Maildir moves from new to cur. Ends with 75 when nothing could be stored.
    """
    try:
        if not files:
            _keep(sys.stdin.buffer.read(), recipient)
        for file in files:
            _take_folder(file, recipient) if file.is_dir() else _keep(file.read_bytes(), recipient)
        _settle_all()
    except SQLAlchemyError as error:
        click.echo("The database can’t be reached; try again later.", err=True)
        raise SystemExit(LATER) from error
    except Busy as error:
        click.echo(str(error), err=True)
        raise SystemExit(LATER) from error


def _take_folder(folder: Path, recipient: str) -> None:
    """The mails of a Maildir that nobody has read."""
    if not (folder / "new").is_dir():
        raise click.ClickException(f"{folder} is no Maildir: it has no folder new.")
    (folder / "cur").mkdir(exist_ok=True)
    for file in sorted((folder / "new").iterdir()):
        _keep(file.read_bytes(), recipient)
        file.rename(folder / "cur" / f"{file.name}:2,S")


def _keep(raw: bytes, recipient: str) -> None:
    try:
        is_new = _kept(raw, recipient)
    except Busy:  # with what was taken a moment ago, mostly
        _settle_all()
        is_new = _kept(raw, recipient)
    click.echo("Kept." if is_new else "It was known already.")


def _kept(raw: bytes, recipient: str) -> bool:
    with database.transaction():
        return intake.keep(raw, recipient)


def _settle_all() -> None:
    while settling.settle_new():
        pass
