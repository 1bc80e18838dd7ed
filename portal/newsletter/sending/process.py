"""The process that sends campaigns: some connections, one thread each, until it is told to end."""

import logging
import threading
import time

from flask import Flask

from portal.config import Settings
from portal.foundation.database import db
from portal.newsletter.sending import recovery
from portal.newsletter.sending.compiling import compiled
from portal.newsletter.sending.journal import FOLDER, Owner
from portal.newsletter.sending.lane import Lane, Tools
from portal.newsletter.sending.ledger import Ledger
from portal.newsletter.sending.message import Compiled
from portal.newsletter.sending.smtp import Connection, Server
from portal.newsletter.sending.watch import Watch

NAP = 0.3  # seconds between two looks at a ledger that had nothing due
PATIENCE = 1.0  # seconds between two tries to reach a database that is away

log = logging.getLogger(__name__)


class Sender:
    """All connections of this process, and what they share."""

    def __init__(self, app: Flask, settings: Settings, stop: threading.Event) -> None:
        self._app = app
        self._stop = stop
        self._compiled: dict[int, Compiled] = {}
        self._lock = threading.Lock()
        self._folder = settings.instance / FOLDER
        self._watch = Watch(app)
        server = Server(
            settings.mail_server,
            settings.mail_port,
            settings.mail_username,
            settings.mail_password,
            starttls=settings.mail_use_tls,
        )
        self._tools = Tools(
            compiled=self._of_campaign,
            connect=lambda: Connection(server),
            folder=self._folder,
            stop=stop,
            patience=PATIENCE,
            left=frozenset,
            trouble=self._watch.trouble,
            answered=self._watch.answered,
        )

    def run(self, connections: int, until_idle: float | None = None) -> None:
        """Send until told to end, or until nothing was to be sent for so many seconds."""
        threads = [
            threading.Thread(target=self._in_context, args=(number, until_idle), name=f"lane-{number}")
            for number in range(connections)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _in_context(self, number: int, until_idle: float | None) -> None:
        with self._app.app_context():
            ledger = Ledger(db.engine, str(Owner.mine(number)))
            ledger.connect()
            if number == 0:
                recovery.of_this_machine(ledger, self._folder)
            lane = Lane(number, ledger, self._tools)
            try:
                self._repeat(lane, ledger, until_idle)
            finally:
                lane.close()

    def _repeat(self, lane: Lane, ledger: Ledger, until_idle: float | None) -> None:
        worked_at = time.monotonic()
        while not self._stop.is_set():
            try:
                if lane.work():
                    worked_at = time.monotonic()
                    continue
            except ledger.troubles:
                log.warning("The database can't be reached.")
                self._stop.wait(PATIENCE)
                self._reconnect(ledger)
            if until_idle is not None and time.monotonic() - worked_at > until_idle:
                return
            self._stop.wait(NAP)

    def _reconnect(self, ledger: Ledger) -> None:
        try:
            ledger.connect()
        except ledger.troubles:
            log.warning("The database can't be reached.")

    def _of_campaign(self, campaign_id: int) -> Compiled:
        with self._lock:
            if campaign_id not in self._compiled:
                self._compiled[campaign_id] = compiled(campaign_id)
                db.session.rollback()
            return self._compiled[campaign_id]
