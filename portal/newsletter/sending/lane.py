"""One connection at work: claims a chunk, writes to its recipients one after the other, settles in batches."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from sqlalchemy.exc import DBAPIError

from portal.customers.models import ONLY_NAME
from portal.foundation import emails
from portal.foundation.clock import now
from portal.newsletter.models import DeliveryState
from portal.newsletter.sending import recovery
from portal.newsletter.sending.handing import Handing, InHand, Stopped, Tools
from portal.newsletter.sending.journal import Journal, Owner
from portal.newsletter.sending.ledger import Ledger
from portal.newsletter.sending.message import Compiled, Recipient, Wire
from portal.newsletter.sending.results import Results
from portal.newsletter.sending.rows import Chunk, Fenced, Result, TakenFrom, Waiting

LONG = 0.2  # a pause before a mail in which the one before it does not wait
LATE = "The campaign’s time was up."

log = logging.getLogger(__name__)

_END = object()


class Lane:
    """A connection, its journal and its ledger; runs in a thread of its own."""

    def __init__(self, number: int, ledger: Ledger, tools: Tools) -> None:
        self.number = number
        self._ledger = ledger
        self._tools = tools
        self._journal = Journal(tools.folder, Owner.read(ledger.worker) or Owner.mine(number))
        tools.journals[ledger.worker] = self._journal
        self._results = Results(ledger)
        self._holds = False  # a chunk that the database says is this connection's
        self._hand = Handing(self._journal, self._results, tools)

    def work(self) -> bool:
        """Deal with one chunk; whether there was one."""
        if not self._ledger.is_anything_due():
            return False
        since = time.monotonic()
        with self._ledger.transaction(lasts=True):
            chunk = self._ledger.claim()
            if chunk is not None and chunk.former:
                recovery.of_former(self._ledger, chunk, self._tools.folder, self._tools.journals)
        if chunk is None:
            return False
        self._holds = True
        self._journal.clear()
        self._results.lease(since)
        try:
            self._send_all(chunk)
        except Stopped:
            self._hand.hang_up()
        except Fenced as why:
            log.info("Chunk %s of campaign %s is let go: %s.", chunk.number, chunk.campaign_id, why)
            self._hand.hang_up()
        except self._ledger.troubles:
            log.warning("The database can't be reached.")
            self._hand.hang_up()
        self._give_back(chunk)
        return True

    def close(self) -> None:
        """End the connection; a journal stays that tells of results or of a chunk that could not be given back."""
        self._hand.hang_up()
        if not self._results and not self._holds:
            self._journal.close()
        self._ledger.close()

    def _give_back(self, chunk: Chunk) -> None:
        """Write what was sent, however long the database is away: until then it is in the journal alone."""
        try:
            self._until_written(lambda: self._results.write(chunk))
            self._until_written(lambda: self._ledger.release(chunk))
        except Fenced:
            self._results.drop()  # whoever took the chunk has read the journal
        self._journal.clear()
        self._holds = False

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
        in_hand: InHand | None = None
        while True:
            try:
                following = next(todo, _END)
            except TakenFrom:
                raise
            except Exception:
                if in_hand is not None:
                    self._hand.over(chunk, in_hand, None)
                raise
            if following is _END and in_hand is None:
                return
            if in_hand is not None or following is not None:
                in_hand = self._hand.over(chunk, in_hand, following if isinstance(following, InHand) else None)

    def _begun(self, chunk: Chunk) -> Iterator[InHand | None]:
        """Those who may be written to now, each asked for right before; None where the one before is not to wait."""
        compiled = self._message_of(chunk)
        if chunk.stop_at is not None and chunk.stop_at <= now():
            self._end_all(chunk)
            return
        for who in self._ledger.waiting(chunk):
            if chunk.pause > LONG:
                yield None
            if not self._goes_on(chunk):
                raise Stopped
            if not self._is_their_turn(chunk, who):
                continue
            why_not = self._ledger.begin(chunk, who.id)
            # After the guard, not before: an unsubscribe that was answered in between is in the spool by now.
            if not why_not and who.id in self._tools.left():
                why_not = "unsubscribed"
            if why_not:
                self._results.note(chunk, Result(who.id, DeliveryState.SKIPPED, why_not))
                continue
            wire = self._made(chunk, compiled, who)
            if wire is not None:
                yield InHand(who, wire)

    def _message_of(self, chunk: Chunk) -> Compiled:
        try:
            return self._tools.compiled(chunk.campaign_id)
        except DBAPIError as error:
            log.warning("The database can't be reached.")
            raise Stopped from error
        except Exception as error:
            log.exception("The message of campaign %s can't be made.", chunk.campaign_id)
            self._tools.trouble(chunk.campaign_id, "message", str(error))
            raise Stopped from error

    def _goes_on(self, chunk: Chunk) -> bool:
        """Wait as long as the campaign wants it; whether another mail may begin then."""
        stop = self._tools.stop
        told = stop.wait(chunk.pause) if chunk.pause else stop.is_set()
        return not told and self._tools.gate.may(self.number)

    def _is_their_turn(self, chunk: Chunk, who: Waiting) -> bool:
        """Whether the domain of a recipient gets a mail now; if not, the recipient has a moment of their own later."""
        limits = self._tools.limits
        if not limits:
            return True
        domain = emails.for_wire(who.email).rpartition("@")[2].lower()
        return domain not in limits or self._ledger.take_turn(chunk, who, domain, limits[domain])

    def _end_all(self, chunk: Chunk) -> None:
        for who in self._ledger.waiting(chunk, whenever=True):
            self._results.note(chunk, Result(who.id, DeliveryState.FAILED, LATE))

    def _made(self, chunk: Chunk, compiled: Compiled, who: Waiting) -> Wire | None:
        try:
            return compiled.make(_recipient(who))
        except Exception as error:
            log.exception("The mail of campaign %s to subscription %s can't be made.", chunk.campaign_id, who.id)
            self._results.note(chunk, Result(who.id, DeliveryState.FAILED, f"render: {type(error).__name__}"))
            self._tools.trouble(chunk.campaign_id, "render_errors", "")
            return None


def _recipient(who: Waiting) -> Recipient:
    last = "" if who.last_name == ONLY_NAME else who.last_name
    values = {"first_name": who.first_name, "last_name": last, "full_name": f"{who.first_name} {last}".strip()}
    return Recipient(who.id, who.email, values | {"customer_number": who.number}, bool(who.counts_clicks))
