"""One connection to the mail server, kept for many mails; the next envelope travels behind the body (RFC 2920)."""

import smtplib
import ssl
from dataclasses import dataclass, replace
from functools import lru_cache
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import Any, Protocol

from portal.newsletter.sending.message import Wire

PATIENCE = 30.0  # seconds for an answer
PATIENCE_AT_THE_DOT = 240.0  # RFC 5321 4.5.3.2.6 asks for up to 600; must end before the lease does
SMTPS = 465
CLOSING = 421
GO_ON = 354
LINE = 2000  # bytes of an answer that are read at a time
DOT = b"\r\n.\r\n"


@dataclass(frozen=True)
class Server:
    """Where mails are handed over."""

    host: str
    port: int
    username: str = ""
    password: str = ""
    starttls: bool = False
    patience: float = PATIENCE_AT_THE_DOT


@dataclass(frozen=True)
class Reply:
    """What the server said."""

    code: int
    text: str
    command: str = ""  # that was refused

    @property
    def is_good(self) -> bool:
        """Taken."""
        return 200 <= self.code < 300

    @property
    def is_for_good(self) -> bool:
        """Refused for ever."""
        return 500 <= self.code < 600

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


class Lost(Exception):
    """The connection ended, or was refused, before an answer came."""


class Refused(Lost):
    """The server does not talk to us: its greeting, TLS or the sign-in failed. The message says how."""


class Conversation(Protocol):
    """Where mails are handed over."""

    takes_any_letters: bool

    def exchange(self, body: bytes | None, following: Wire | None) -> tuple[Reply | None, Reply | None]:
        """Hand over a body, and the envelope of the next mail."""

    def close(self) -> None:
        """End it."""


class Connection:
    """A conversation with a mail server that is past its greeting."""

    def __init__(self, server: Server) -> None:
        """Connect, encrypt and sign in.

        Raises:
            Refused: it could not be done.
        """
        try:
            self._host = _greeted(server)
        except (smtplib.SMTPException, OSError) as error:
            raise Refused(f"{type(error).__name__}: {error}") from error
        self._patience = server.patience
        self.pipelines = self._host.has_extn("pipelining")
        self.takes_any_letters = self._host.has_extn("smtputf8")
        socket = self._host.sock
        assert socket is not None  # noqa: S101 - smtplib is connected here
        # An answer of a few bytes would else wait for the next one's sake, up to 40 ms each time.
        socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        self._socket = socket
        self._replies = socket.makefile("rb")

    def exchange(self, body: bytes | None, following: Wire | None) -> tuple[Reply | None, Reply | None]:
        """Send the body whose envelope was taken, and the envelope of the next mail; their answers, in this order.

        The answer to an envelope is the first refusal in it, else the server's "go on" with the body.

        Raises:
            Lost: the connection ended before the answer to the body. Later, the second answer is None.
        """
        envelope = self._envelope(following) if following is not None else []
        try:
            together = self.pipelines and body is not None
            words = b"".join([_stuffed(body) if body is not None else b"", *(envelope if together else [])])
            self._socket.settimeout(self._patience if body is not None else PATIENCE)
            if words:
                self._socket.sendall(words)
            first = self._reply() if body is not None else None
        except OSError as error:
            raise Lost(f"{type(error).__name__}: {error}") from error
        if following is None or (first is not None and first.code == CLOSING):
            return first, None
        try:
            self._socket.settimeout(PATIENCE)
            return first, self._go_through(envelope, sent=together)
        except (Lost, OSError):
            if first is None:
                raise
            return first, None

    def close(self) -> None:
        """Say goodbye; a server that is gone already changes nothing."""
        try:
            self._socket.settimeout(2)
            self._socket.sendall(b"QUIT\r\n")
        except OSError:
            pass
        finally:
            self._replies.close()
            self._host.close()

    def _envelope(self, wire: Wire) -> list[bytes]:
        any_letters = b" SMTPUTF8" if not wire.to.isascii() else b""
        return [
            b"MAIL FROM:<%b>%b\r\n" % (wire.envelope_from.encode(), any_letters),
            b"RCPT TO:<%b>\r\n" % wire.to.encode(),
            b"DATA\r\n",
        ]

    def _go_through(self, envelope: list[bytes], *, sent: bool) -> Reply:
        """The answer to an envelope: the first refusal in it, else that to its last command."""
        if self.pipelines and not sent:
            self._socket.sendall(b"".join(envelope))
        replies: list[Reply] = []
        for command in envelope:
            if not self.pipelines:
                self._socket.sendall(command)
            replies.append(self._reply())
            if replies[-1].code == CLOSING:
                return replies[-1]
            if not self.pipelines and not replies[-1].is_good:
                break
        for command, reply in zip(envelope, replies, strict=False):  # without pipelining the first refusal ends it
            if not (reply.is_good or reply.code == GO_ON):
                self._start_anew(waits_for_body=replies[-1].code == GO_ON)
                return replace(reply, command=command[:4].decode())
        return replies[-1]

    def _start_anew(self, *, waits_for_body: bool) -> None:
        """After a refusal; a server that waits for a body all the same gets an empty one (RFC 2920 3.1)."""
        commands = [b".\r\n", b"RSET\r\n"] if waits_for_body else [b"RSET\r\n"]
        for command in commands:
            self._socket.sendall(command)
            if self._reply().code == CLOSING:
                raise Lost("The server hung up.")

    def _reply(self) -> Reply:
        line = self._replies.readline(LINE)
        if line[3:4] != b"-":
            return _said(line)
        words = []
        while line[3:4] == b"-":
            words.append(_said(line).text)
            line = self._replies.readline(LINE)
        last = _said(line)
        return replace(last, text=" ".join([*words, last.text]))


@lru_cache(maxsize=32)  # most answers are the same for every mail
def _said(line: bytes) -> Reply:
    """What one line of an answer says.

    Raises:
        Lost: it was cut off, or is no answer.
    """
    if not line.endswith(b"\n") or not line[:3].isdigit():
        raise Lost("The server hung up.")
    return Reply(int(line[:3]), line[4:].decode("utf-8", "replace").replace("\0", "").strip())


def _stuffed(body: bytes) -> bytes:
    return body.replace(b"\r\n.", b"\r\n..") + (b".\r\n" if body.endswith(b"\r\n") else DOT)


def _greeted(server: Server) -> smtplib.SMTP:
    host: Any
    if server.port == SMTPS:
        host = smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=ssl.create_default_context())
    else:
        host = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
    try:
        host.ehlo_or_helo_if_needed()
        if server.starttls and server.port != SMTPS:
            host.starttls(context=ssl.create_default_context())
            host.ehlo()
        if server.username:
            host.login(server.username, server.password)
    except BaseException:
        host.close()
        raise
    return host  # type: ignore[no-any-return]  # smtplib.SMTP or a subclass
