"""A mail server that takes campaigns fast, remembers each mail the moment it takes responsibility, and misbehaves."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

HANG_UP = b"hang up"
MARK = b"Message-ID: <"


@dataclass
class Sink:
    """What was taken, in order, and how it answers."""

    port: int = 0
    slow: float = 0.0  # seconds between taking a mail and saying so
    to_sender: bytes = b"250 OK"
    to_recipient: Callable[[str], bytes] = lambda _: b"250 OK"
    to_data: Callable[[str], bytes] = lambda _: b"250 2.0.0 OK queued"
    pipelining: bool = True
    note: Callable[[str, bytes], None] = lambda *_: None  # told of each mail and the answer, before it is given
    taken: list[tuple[str, float]] = field(default_factory=list)  # Message-ID and the moment
    raw: list[bytes] = field(default_factory=list)
    connections: int = 0
    _more: threading.Condition = field(default_factory=threading.Condition)

    @property
    def ids(self) -> list[str]:
        return [who for who, _ in self.taken]

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(one, policy=default) for one in self.raw]  # type: ignore[misc]  # default makes EmailMessage

    def wait_for(self, number: int, within: float = 60) -> None:
        """Wait until so many mails were taken."""
        with self._more:
            assert self._more.wait_for(lambda: len(self.taken) >= number, within), f"Only {len(self.taken)} came."

    def take(self, body: bytes, answer: bytes) -> None:
        begin = body.index(MARK) + len(MARK)
        who = body[begin : body.index(b">", begin)].decode()
        self.note(who, answer)
        with self._more:
            self.taken.append((who, time.time()))
            self.raw.append(body)
            self._more.notify_all()


@contextmanager
def sink() -> Iterator[Sink]:
    """Run one on a free port."""
    found = Sink()
    door = socket.create_server(("127.0.0.1", 0))
    found.port = door.getsockname()[1]
    threading.Thread(target=listen, args=(found, door), daemon=True).start()
    try:
        yield found
    finally:
        door.shutdown(socket.SHUT_RDWR)  # closing alone leaves the waiting accept() with one more caller
        door.close()


def listen(own: Sink, door: socket.socket) -> None:
    """Answer callers until the door is closed."""
    while True:
        try:
            caller, _ = door.accept()
        except OSError:
            return
        own.connections += 1
        threading.Thread(target=_talk, args=(own, caller), daemon=True).start()


def _talk(own: Sink, caller: socket.socket) -> None:
    # Else each of the answers to a pipelined envelope waits for the ear of the caller, 40 ms.
    caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with caller, caller.makefile("rb") as lines:
        say = caller.sendall
        try:
            say(b"220 sink\r\n")
            recipient = ""
            while line := lines.readline():
                word = line[:4].upper()
                if word == b"EHLO":
                    say(b"250-sink\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n" if own.pipelining else b"250 sink\r\n")
                elif word == b"MAIL":
                    say(own.to_sender + b"\r\n")
                elif word == b"RCPT":
                    recipient = line[line.index(b"<") + 1 : line.index(b">")].decode()
                    answer = own.to_recipient(recipient) if own.to_sender.startswith(b"2") else b"503 no sender"
                    recipient = recipient if answer.startswith(b"2") else ""
                    say(answer + b"\r\n")
                elif word == b"DATA":
                    if not recipient:
                        say(b"554 no valid recipients\r\n")
                        continue
                    say(b"354 go on\r\n")
                    answer = _data(own, recipient, lines)
                    if answer == HANG_UP:
                        return
                    say(answer + b"\r\n")
                elif word == b"QUIT":
                    say(b"221 bye\r\n")
                    return
                else:
                    say(b"250 OK\r\n")
        except (OSError, ValueError):
            return


def _data(own: Sink, recipient: str, lines: object) -> bytes:
    body = []
    while (line := lines.readline()) != b".\r\n":  # type: ignore[attr-defined]  # a file of bytes
        if not line:
            return HANG_UP
        body.append(line[1:] if line.startswith(b".") else line)
    answer = own.to_data(recipient)
    if answer.startswith(b"2") or answer == HANG_UP:
        own.take(b"".join(body), answer)
    if own.slow:
        time.sleep(own.slow)
    return answer
