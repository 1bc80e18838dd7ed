"""The process that sends campaigns: some connections, one thread each, until it is told to end."""

import logging
import threading
import time
from collections.abc import Callable

from flask import Flask
from sqlalchemy.exc import OperationalError

from portal.config import Settings
from portal.foundation import database
from portal.foundation.database import db
from portal.mail import transport
from portal.newsletter.sending import recovery, spool
from portal.newsletter.sending.compiling import compiled
from portal.newsletter.sending.handing import Tools
from portal.newsletter.sending.journal import FOLDER, Owner
from portal.newsletter.sending.kept import Kept
from portal.newsletter.sending.lane import Lane
from portal.newsletter.sending.ledger import Ledger
from portal.newsletter.sending.message import Compiled
from portal.newsletter.sending.pace import Gate, limits
from portal.newsletter.sending.smtp import PATIENCE_AT_THE_DOT, Connection, Conversation, Server
from portal.newsletter.sending.watch import Watch
from portal.newsletter.service.spooling import left_by

NAP = 0.3  # seconds between two looks at a ledger that had nothing due
PATIENCE = 1.0  # seconds between two tries to reach a database that is away

log = logging.getLogger(__name__)


class Sender:
    """All connections of this process, and what they share."""

    def __init__(self, app: Flask, settings: Settings, stop: threading.Event, connections: int) -> None:
        self._app = app
        self._stop = stop
        self._compiled: dict[int, Compiled] = {}
        self._lock = threading.Lock()
        self._connections = connections
        self._lease = settings.sender_lease
        self._worked_at = 0.0
        watch = Watch(app)
        self._tools = Tools(
            compiled=self._of_campaign,
            connect=_way_out(settings),
            folder=settings.instance / FOLDER,
            stop=stop,
            patience=PATIENCE,
            left=spool.Reader(spool.path_of(settings.instance), left_by).left,
            trouble=watch.trouble,
            answered=watch.answered,
            gate=Gate(connections),
            limits=limits(settings.domain_limits),
        )

    def run(self, until_idle: float | None = None) -> None:
        """Send until told to end, or until nothing was to be sent for so many seconds."""
        self._worked_at = time.monotonic()
        threads = [
            threading.Thread(target=self._in_context, args=(number, until_idle), name=f"lane-{number}")
            for number in range(self._connections)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _in_context(self, number: int, until_idle: float | None) -> None:
        with self._app.app_context():
            ledger = Ledger(db.engine, str(Owner.mine(number)), self._lease)
            self._reconnect(ledger)
            if number == 0:
                self._recover(ledger)
            lane = Lane(number, ledger, self._tools)
            try:
                self._repeat(lane, ledger, until_idle)
            except Exception:
                # What it held is settled from its journal by the process that is started in place of this one.
                log.exception("A connection of the sender ended; the others end as well.")
                self._stop.set()
            finally:
                lane.close()

    def _recover(self, ledger: Ledger) -> None:
        """Free what died on this machine, however often the database goes away meanwhile."""
        while not self._stop.is_set():
            try:
                recovery.of_this_machine(ledger, self._tools.folder)
            except ledger.troubles:
                self._stop.wait(NAP)
                self._reconnect(ledger)
            else:
                return

    def _repeat(self, lane: Lane, ledger: Ledger, until_idle: float | None) -> None:
        gate = self._tools.gate
        while not self._stop.is_set():
            try:
                if gate.may(lane.number) and lane.work():
                    self._worked_at = time.monotonic()
                    continue
            except ledger.troubles:
                log.warning("The database can't be reached.")
                self._reconnect(ledger)
            if gate.rests:
                self._worked_at = time.monotonic()
            if until_idle is not None and time.monotonic() - self._worked_at > until_idle:
                return
            self._stop.wait(NAP)

    def _reconnect(self, ledger: Ledger) -> None:
        """Connect, however long the database is away."""
        away: tuple[type[Exception], ...] = (*ledger.troubles, OperationalError)
        while not self._stop.is_set():
            try:
                ledger.connect()
            except away:
                self._stop.wait(PATIENCE)
            else:
                return

    def _of_campaign(self, campaign_id: int) -> Compiled:
        with self._lock:
            if campaign_id not in self._compiled:
                try:
                    self._compiled[campaign_id] = compiled(campaign_id)
                finally:
                    database.rollback()
            return self._compiled[campaign_id]


def _way_out(settings: Settings) -> Callable[[], Conversation]:
    if not settings.mail_server:
        return lambda: Kept(transport.folder())
    server = Server(
        settings.mail_server,
        settings.mail_port,
        settings.mail_username,
        settings.mail_password,
        starttls=settings.mail_use_tls,
        patience=min(PATIENCE_AT_THE_DOT, settings.sender_lease * 0.8),
    )
    return lambda: Connection(server)
