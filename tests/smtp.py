"""A real SMTP server inside the tests: keeps what it takes, refuses or hangs up as it is told."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

HANG_UP = "hang up"
Answer = Callable[[Envelope], str]


class Server:
    """What the server took, and how it answers; change an answer at any time."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.to_recipient: Answer = lambda _: ""
        self.to_data: Answer = lambda _: ""
        self.port = 0
        self._more = threading.Condition()

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or give the answer set."""
        if answer := self.to_recipient(envelope):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Take a mail, hang up on it, or give the answer set."""
        answer = self.to_data(envelope)
        if answer == HANG_UP:
            assert server.transport is not None
            server.transport.abort()
            return ""
        if answer:
            return answer
        assert isinstance(envelope.content, bytes)
        with self._more:
            self.taken.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]  # default makes EmailMessage
            self.recipients += envelope.rcpt_tos
            self._more.notify_all()
        return f"250 OK: taken as {len(self.taken)}"

    def wait_for(self, enough: Callable[[list[EmailMessage]], bool], within: float = 300) -> None:
        """Wait until it has taken enough."""
        with self._more:
            assert self._more.wait_for(lambda: enough(self.taken), within), f"Only {len(self.taken)} mails came."


@contextmanager
def smtp_server(**options: Any) -> Iterator[Server]:
    """Run a server in a thread of its own, on a free port."""
    server = Server()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    # Never in this thread, where Playwright may have a loop of its own running.
    opening = loop.create_server(lambda: SMTP(server, loop=loop, **options), host="127.0.0.1", port=0)
    listening = asyncio.run_coroutine_threadsafe(opening, loop).result(10)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_close(listening), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(listening: asyncio.Server) -> None:
    listening.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
