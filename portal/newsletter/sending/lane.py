"""One connection at work: claims a chunk, writes to its recipients one after the other, settles in batches."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from portal.newsletter.models import DeliveryState
from portal.newsletter.sending import recovery
from portal.newsletter.sending.answers import blames_us, of_reply
from portal.newsletter.sending.journal import Journal, Owner
from portal.newsletter.sending.ledger import LEASE, Ledger
from portal.newsletter.sending.message import Compiled, Recipient, Wire
from portal.newsletter.sending.rows import Chunk, Fenced, Result, Waiting
from portal.newsletter.sending.smtp import CLOSING, GO_ON, Connection, Lost, Refused, Reply

BATCH = 50  # results written together
LATEST = 0.1  # seconds that a result waits
RESERVE = 30.0  # seconds before the end of a lease after which nothing begins
REST = timedelta(seconds=15)  # of a chunk when the mail server does not talk to us
LONG = 0.2  # a pause before a mail in which the one before it does not wait

log = logging.getLogger(__name__)


@dataclass
class Tools:
    """What the lanes of a process share."""

    compiled: Callable[[int], Compiled]  # of a campaign
    connect: Callable[[], Connection]
    folder: Path  # of journals
    stop: threading.Event
    patience: float  # seconds between two tries to reach the database
    left: Callable[[], frozenset[int]]  # subscriptions whose unsubscribing waits in the spool
    trouble: Callable[[int, str], None]  # of a campaign, by reason: what may pause it
    answered: Callable[[int, Reply], None] = field(default=lambda *_: None)


class _Stopped(Exception):
    """Nothing more can be sent now; the chunk rests for a while."""

    def __init__(self, rest: timedelta) -> None:
        super().__init__()
        self.rest = rest


class _NotStarted(Lost):
    """The body did not go out."""


_END = object()


@dataclass
class _InHand:
    """A mail whose envelope was taken: its body goes next."""

    who: Waiting
    wire: Wire


class Lane:
    """A connection, its journal and its ledger; runs in a thread of its own."""

    def __init__(self, number: int, ledger: Ledger, tools: Tools) -> None:
        self.number = number
        self._ledger = ledger
        self._tools = tools
        self._journal = Journal(tools.folder, Owner.read(ledger.worker) or Owner.mine(number))
        self._connection: Connection | None = None
        self._results: list[Result] = []
        self._settled_at = self._lease_until = 0.0

    def work(self) -> bool:
        """Deal with one chunk; whether there was one."""
        if not self._ledger.is_anything_due():
            return False
        with self._ledger.transaction():
            chunk = self._ledger.claim()
            if chunk is not None and chunk.former:
                recovery.of_former(self._ledger, chunk, self._tools.folder)
        if chunk is None:
            return False
        self._note_lease()
        rest = timedelta(0)
        try:
            self._send_all(chunk)
        except _Stopped as stopped:
            rest = stopped.rest
            self._hang_up()
        except Fenced as why:
            log.info("Chunk %s of campaign %s is let go: %s.", chunk.number, chunk.campaign_id, why)
            self._hang_up()
        except self._ledger.troubles:
            log.exception("The database can't be reached.")
            self._hang_up()
        self._give_back(chunk, rest)
        return True

    def close(self) -> None:
        """End the connection; a journal that holds what the database does not know stays."""
        self._hang_up()
        if not self._results:
            self._journal.close()
        self._ledger.close()

    def _give_back(self, chunk: Chunk, rest: timedelta) -> None:
        """Write what was sent, however long the database is away: until then it is in the journal alone."""
        try:
            self._until_written(lambda: self._settle(chunk))
            self._until_written(lambda: self._ledger.release(chunk, rest))
        except Fenced:
            self._results.clear()  # whoever took the chunk has read the journal
        self._journal.clear()

    def _until_written(self, write: Callable[[], None]) -> None:
        while True:
            try:
                write()
            except self._ledger.troubles:
                log.warning("The database can't be reached; results wait in the journal.")
                if self._tools.stop.wait(self._tools.patience):
                    raise
                with suppress(*self._ledger.troubles):
                    self._ledger.connect()
            else:
                return

    def _send_all(self, chunk: Chunk) -> None:
        todo = self._begun(chunk)
        in_hand: _InHand | None = None
        while True:
            try:
                following = next(todo, _END)
            except Exception:
                if in_hand is not None:
                    self._hand_over(chunk, in_hand, None)
                raise
            if following is _END and in_hand is None:
                return
            if in_hand is not None or following is not None:
                in_hand = self._hand_over(chunk, in_hand, following if isinstance(following, _InHand) else None)

    def _begun(self, chunk: Chunk) -> Iterator[_InHand | None]:
        """Those who may be written to now, each asked for right before; None where the one before is not to wait."""
        compiled = self._tools.compiled(chunk.campaign_id)
        for who in self._ledger.waiting(chunk):
            if chunk.pause > LONG:
                yield None
            if self._tools.stop.wait(chunk.pause) if chunk.pause else self._tools.stop.is_set():
                raise _Stopped(timedelta(0))
            why_not = "unsubscribed" if who.id in self._tools.left() else self._ledger.begin(chunk, who.id)
            if why_not:
                self._note(chunk, Result(who.id, DeliveryState.SKIPPED, why_not))
                continue
            wire = self._made(chunk, compiled, who)
            if wire is not None:
                yield _InHand(who, wire)

    def _made(self, chunk: Chunk, compiled: Compiled, who: Waiting) -> Wire | None:
        try:
            return compiled.make(_recipient(who))
        except Exception as error:
            log.exception("The mail of campaign %s to subscription %s can't be made.", chunk.campaign_id, who.id)
            self._note(chunk, Result(who.id, DeliveryState.FAILED, f"render: {type(error).__name__}"))
            self._tools.trouble(chunk.campaign_id, "render_errors")
            return None

    def _hand_over(self, chunk: Chunk, body_of: _InHand | None, following: _InHand | None) -> _InHand | None:
        """Send a body and the envelope behind it; returns the one whose body goes next.

        Raises:
            _Stopped: nothing more can be sent now.
        """
        try:
            connection = self._connected()
            following = self._writable(chunk, following, connection)
            if body_of is not None:
                self._start(chunk, body_of)
            envelope = following.wire if following is not None else None
            first, second = connection.exchange(body_of.wire.data if body_of is not None else None, envelope)
        except (Lost, OSError) as why:
            self._hang_up()
            self._lost(chunk, body_of, following, why)
            return None
        if body_of is not None and first is not None:
            self._note_answer(chunk, body_of.who, first)
            self._answer(chunk, body_of.who, first)
        return self._judged(chunk, following, second) if following is not None else None

    def _writable(self, chunk: Chunk, following: _InHand | None, connection: Connection) -> _InHand | None:
        if following is None or following.wire.to.isascii() or connection.takes_any_letters:
            return following
        self._note(chunk, Result(following.who.id, DeliveryState.REJECTED, "No SMTPUTF8 at the mail server"))
        return None

    def _start(self, chunk: Chunk, one: _InHand) -> None:
        """Note that a body goes out; a lease that is nearly over, or a full disk, lets none go."""
        if time.monotonic() > self._lease_until - RESERVE:
            raise _NotStarted("The lease is nearly over.")
        try:
            self._journal.start(chunk.campaign_id, one.who.id, chunk.epoch)
        except OSError as error:
            raise _NotStarted(f"journal: {error}") from error

    def _note_answer(self, chunk: Chunk, who: Waiting, reply: Reply) -> None:
        try:
            self._journal.answer(chunk.campaign_id, who.id, str(reply))
        except OSError:
            log.exception("The journal can't be written; the answer is kept in memory.")

    def _judged(self, chunk: Chunk, following: _InHand, reply: Reply | None) -> _InHand | None:
        if reply is not None and reply.code == GO_ON:
            return following
        if reply is None or reply.code == CLOSING:
            self._hang_up()
            self._note(chunk, Result(following.who.id, DeliveryState.QUEUED))
        else:
            self._answer(chunk, following.who, reply)
        return None

    def _lost(self, chunk: Chunk, body_of: _InHand | None, following: _InHand | None, why: Exception) -> None:
        """A body without an answer is in doubt, unless it was not begun; an envelope alone is no try."""
        if body_of is not None:
            began = not isinstance(why, _NotStarted)
            state = DeliveryState.UNKNOWN if began else DeliveryState.QUEUED
            self._note(chunk, Result(body_of.who.id, state, str(why) if began else ""))
        if following is not None:
            self._note(chunk, Result(following.who.id, DeliveryState.QUEUED))
        reason = "relay_auth" if isinstance(why, Refused) and "Authentication" in str(why) else "relay_down"
        self._tools.trouble(chunk.campaign_id, "journal" if isinstance(why, _NotStarted) else reason)
        if isinstance(why, Refused | _NotStarted):
            raise _Stopped(REST)

    def _answer(self, chunk: Chunk, who: Waiting, reply: Reply) -> None:
        if blames_us(reply):
            self._note(chunk, Result(who.id, DeliveryState.QUEUED, str(reply)))
            self._tools.trouble(chunk.campaign_id, "policy")
            raise _Stopped(REST)
        self._note(chunk, of_reply(who.id, reply, who.attempt + 1))
        self._tools.answered(chunk.campaign_id, reply)

    def _note(self, chunk: Chunk, result: Result) -> None:
        self._results.append(result)
        if len(self._results) >= BATCH or time.monotonic() - self._settled_at > LATEST:
            self._settle(chunk)

    def _settle(self, chunk: Chunk) -> None:
        self._ledger.settle(chunk, self._results)
        self._results.clear()
        self._note_lease()

    def _note_lease(self) -> None:
        self._settled_at = time.monotonic()
        self._lease_until = self._settled_at + LEASE.total_seconds()

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._tools.connect()
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _recipient(who: Waiting) -> Recipient:
    full = " ".join(filter(None, (who.first_name, who.last_name)))
    values = {"first_name": who.first_name, "last_name": who.last_name, "full_name": full}
    return Recipient(who.id, who.email, values | {"customer_number": who.number}, bool(who.counts_clicks))
