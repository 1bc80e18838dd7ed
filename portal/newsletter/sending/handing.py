"""Handing mails over: the body of one and the envelope of the next, journal and answers, and what trouble means."""

import logging
import re
import smtplib
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.newsletter.models import DeliveryState
from portal.newsletter.sending.answers import blames_us, is_about_sender, of_reply
from portal.newsletter.sending.journal import Journal, TakenOver
from portal.newsletter.sending.message import Compiled, Wire
from portal.newsletter.sending.pace import Gate
from portal.newsletter.sending.results import Results
from portal.newsletter.sending.rows import Chunk, Result, Waiting
from portal.newsletter.sending.smtp import CLOSING, GO_ON, Conversation, Lost, Refused, Reply

log = logging.getLogger(__name__)


@dataclass
class Tools:
    """What the lanes of a process share."""

    compiled: Callable[[int], Compiled]  # of a campaign
    connect: Callable[[], Conversation]
    folder: Path  # of journals
    stop: threading.Event
    patience: float  # seconds between two tries to reach the database
    left: Callable[[], frozenset[int]]  # subscriptions whose unsubscribing waits in the spool
    trouble: Callable[[int, str, str], None]  # of a campaign, by reason, with what was said: what may pause it
    answered: Callable[[int, Reply], None]
    gate: Gate
    limits: Mapping[str, float] = field(default_factory=dict)  # seconds between mails to a domain
    journals: dict[str, Journal] = field(default_factory=dict)  # of the lanes, by their names


class Stopped(Exception):
    """Nothing more can be sent now: the chunk is given back."""


class _NotStarted(Lost):
    """The body did not go out."""


@dataclass
class InHand:
    """A mail whose envelope was taken: its body goes next."""

    who: Waiting
    wire: Wire


class Handing:
    """One connection with its journal."""

    def __init__(self, journal: Journal, results: Results, tools: Tools) -> None:
        self._journal = journal
        self._results = results
        self._tools = tools
        self._connection: Conversation | None = None

    def hang_up(self) -> None:
        """End the conversation."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def over(self, chunk: Chunk, body_of: InHand | None, following: InHand | None) -> InHand | None:
        """Send a body and the envelope behind it; returns the one whose body goes next.

        Raises:
            Stopped: nothing more can be sent now.
        """
        try:
            connection = self._connected()
            following = self._writable(chunk, following, connection)
            if body_of is not None:
                self._start(chunk, body_of)
            envelope = following.wire if following is not None else None
            first, second = connection.exchange(body_of.wire.data if body_of is not None else None, envelope)
        except (Lost, OSError) as why:
            self.hang_up()
            self._lost(chunk, body_of, following, why)
            return None
        if body_of is not None and first is not None:
            self._note_answer(chunk, body_of.who, first)
            self._judge(chunk, body_of.who, first)
        return self._go_on(chunk, following, second) if following is not None else None

    def _connected(self) -> Conversation:
        if self._connection is None:
            self._connection = self._tools.connect()
        return self._connection

    def _writable(self, chunk: Chunk, following: InHand | None, connection: Conversation) -> InHand | None:
        if following is None or following.wire.to.isascii() or connection.takes_any_letters:
            return following
        self._note(chunk, Result(following.who.id, DeliveryState.REJECTED, "No SMTPUTF8 at the mail server"))
        return None

    def _start(self, chunk: Chunk, one: InHand) -> None:
        """Note that a body goes out; a lease that is nearly over, or a full disk, lets none go."""
        if self._results.is_lease_over:
            raise _NotStarted("The lease is nearly over.")
        try:
            self._journal.start(chunk.campaign_id, one.who.id, chunk.epoch)
        except OSError as error:
            self._tools.trouble(chunk.campaign_id, "journal", str(error))
            raise _NotStarted(f"journal: {error}") from error
        except TakenOver as error:
            raise _NotStarted("The chunk is another connection's.") from error

    def _note_answer(self, chunk: Chunk, who: Waiting, reply: Reply) -> None:
        try:
            self._journal.answer(chunk.campaign_id, who.id, str(reply))
        except OSError:
            log.exception("The journal can't be written; the answer is kept in memory.")

    def _go_on(self, chunk: Chunk, following: InHand, reply: Reply | None) -> InHand | None:
        if reply is not None and reply.code == GO_ON:
            return following
        if reply is None:
            self._told_to_go(chunk, following.who)
        else:
            self._judge(chunk, following.who, reply)
        return None

    def _told_to_go(self, chunk: Chunk, who: Waiting) -> None:
        """The server ends the conversation (421, or without a word): no try of this mail, and fewer connections."""
        self.hang_up()
        self._tools.gate.went_wrong(refused=False)
        self._note(chunk, Result(who.id, DeliveryState.QUEUED))

    def _lost(self, chunk: Chunk, body_of: InHand | None, following: InHand | None, why: Exception) -> None:
        """A body without an answer is in doubt, unless it was not begun; an envelope alone is no try."""
        began = not isinstance(why, _NotStarted)
        refused = isinstance(why, Refused)
        if body_of is not None:
            state = DeliveryState.UNKNOWN if began and not refused else DeliveryState.QUEUED
            self._note(chunk, Result(body_of.who.id, state, str(why) if began else ""))
        if following is not None:
            self._note(chunk, Result(following.who.id, DeliveryState.QUEUED))
        if began:
            self._tools.gate.went_wrong(refused=refused)
            reason = _reason(why, in_doubt=body_of is not None and not refused)
            self._tools.trouble(chunk.campaign_id, reason, str(why))
        if refused or not began:
            raise Stopped

    def _judge(self, chunk: Chunk, who: Waiting, reply: Reply) -> None:
        if reply.code == CLOSING:
            self._told_to_go(chunk, who)
            return
        if blames_us(reply) or is_about_sender(reply):
            self._note(chunk, Result(who.id, DeliveryState.QUEUED, str(reply)))
            self._tools.gate.went_wrong(refused=True)
            self._tools.trouble(chunk.campaign_id, "policy" if blames_us(reply) else "quota", said_about(who, reply))
            raise Stopped
        self._tools.gate.went_well()
        self._note(chunk, of_reply(who.id, reply, who.attempt + 1, chunk.stop_at))
        self._tools.answered(chunk.campaign_id, reply)

    def _note(self, chunk: Chunk, result: Result) -> None:
        self._results.note(chunk, result)


def said_about(who: Waiting, reply: Reply) -> str:
    """A reply with the domain that it was about; the recipient's own name is nobody's business there."""
    name, _at, domain = who.email.rpartition("@")
    return f"{domain.lower()}: {re.sub(re.escape(name) + '(?=@)', '…', str(reply), flags=re.IGNORECASE)}"


def _reason(why: Exception, *, in_doubt: bool) -> str:
    match why.__cause__ if isinstance(why, Refused) else None:
        case smtplib.SMTPAuthenticationError():
            return "relay_auth"
        case ssl.SSLCertVerificationError():
            return "relay_certificate"
    return "relay_hangs_up" if in_doubt else "relay_down"
