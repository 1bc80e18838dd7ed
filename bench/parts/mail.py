"""Mail: the worker into a mail server that takes everything, beside one connection that sends a finished mail."""

import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa

from bench import processes, shops
from bench.figures import Figure, at_most, median, percentile
from bench.shops import Portal
from bench.visitors import Broken
from portal.accounts.models import Account, Realm
from portal.foundation.clock import now
from portal.foundation.database import db, transaction
from portal.mail import composing, service
from portal.mail.models import OutboxMessage, State
from portal.mail.service import posting
from tests.processes import free_port

ROUNDS = 5
MAILS = 200  # of a round
SINGLE = 20  # mails posted one by one, to see how long one takes
KIND = "accounts.password_changed"  # a mail like most: one row read, both bodies rendered


def run(size: int) -> list[Figure]:
    """On both databases, or the one asked for."""
    return [figure for database in shops.chosen() for figure in _on(database, size)]


def _on(database: str, size: int) -> list[Figure]:
    with _sink() as port, shops.opened(database, size, **_by(port)) as portal:
        portal.wait_until_quiet()
        finished = _finished_mail(portal)
        rates, straight, work = [], [], []
        for _ in range(ROUNDS):
            before = processes.used(portal.worker())
            rates.append(_through_the_worker(portal))
            spent = processes.used(portal.worker()) - before
            work.append(spent.working * 1000 / MAILS)
            straight.append(_straight(port, finished))
        waits = [one(portal) for _ in range(SINGLE)]
    shares = [100 * rate / best for rate, best in zip(rates, straight, strict=True)]
    return [
        Figure("mails through the worker", median(rates), "per s", database=database),
        Figure("one connection, finished mail", median(straight), "per s", database=database),
        Figure("the worker of that", median(shares), "%", database=database),
        Figure("processor of the worker per mail", median(work), "ms", database=database),
        Figure("from posting to taken, one mail, p99", percentile(waits, 99), "s", at_most(2), database),
    ]


def _by(port: int) -> dict[str, str]:
    return {"PORTAL_MAIL_SERVER": "127.0.0.1", "PORTAL_MAIL_PORT": str(port)}


@contextmanager
def _sink() -> Iterator[int]:
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port)], stdout=subprocess.PIPE, text=True)
    try:
        if server.stdout is None or server.stdout.readline() != "ready\n":
            raise Broken("The mail server did not start.")
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def _post(portal: Portal, most: int) -> list[int]:
    """Post so many mails in one transaction, each to another account."""
    with portal.app.app_context(), transaction():
        owners = db.session.scalars(
            sa.select(Account).where(Account.realm == Realm.CUSTOMER).order_by(Account.id).limit(most)
        )
        return [service.post(KIND, account.email, account=account.id) for account in owners]


def _through_the_worker(portal: Portal) -> float:
    """Mails per second, from the first that was taken to the last."""
    ends = sorted(settled for _, settled in _settled(portal, _post(portal, MAILS)))
    return (len(ends) - 1) / (ends[-1] - ends[0]).total_seconds()


def one(portal: Portal) -> float:
    """Seconds from posting one mail to its being taken."""
    [(posted, settled)] = _settled(portal, _post(portal, 1))
    return (settled - posted).total_seconds()


def _settled(portal: Portal, ids: list[int]) -> list[tuple[datetime, datetime]]:
    portal.wait_until_quiet()
    with portal.app.app_context():
        rows = db.session.execute(
            sa.select(OutboxMessage.created_at, OutboxMessage.settled_at).where(
                OutboxMessage.id >= min(ids), OutboxMessage.id <= max(ids), OutboxMessage.state == State.SENT
            )
        ).all()
    if len(rows) != len(ids):
        raise Broken(f"{len(rows)} of {len(ids)} mails were sent.")
    return [(created, settled) for created, settled in rows if settled is not None]


def _finished_mail(portal: Portal) -> bytes:
    """A mail of the same kind as it goes over the wire."""
    with portal.app.app_context():
        account = db.session.scalars(sa.select(Account).where(Account.realm == Realm.CUSTOMER).limit(1)).one()
        message = OutboxMessage(kind=KIND, to=account.email, context={"account": account.id}, created_at=now())
        letter = posting.kind_of(message).render(message)
        if letter is None:
            raise Broken("There is nothing to say in a mail of this kind.")
        template = f"mail/{letter.template}"
        email = composing.compose(
            template, letter.context, to=account.email, message_id="<0@demo.example>", headers={}, locale="en"
        )
        return email.as_bytes()


def _straight(port: int, mail: bytes) -> float:
    """Mails per second over one connection, nothing written down."""
    with smtplib.SMTP("127.0.0.1", port) as connection:
        start = time.perf_counter()
        for _ in range(MAILS):
            connection.sendmail("shop@demo.example", ["ann@demo.example"], mail)
        return MAILS / (time.perf_counter() - start)
