"""A mail server for one purpose: it takes what comes to the bounce domain and says so once it is stored.

SMTP for whoever is the domain's MX behind a filter, LMTP (RFC 2033) for a mail server on the same machine.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from portal.foundation import database
from portal.foundation.errors import Busy
from portal.newsletter.bounces import intake, verp

MOST = 26_214_400  # bytes of a mail, as EHLO says: a server that gives back all it was given must get rid of it
CONNECTIONS = 20  # at the same time
MEMORY = 134_217_728  # bytes that all conversations may fill with mails that are on their way
LINE = 100  # bytes that a line takes besides its letters while its mail comes in
# Where feedback loops are subscribed to, and who has to be reachable by RFC 2142 and RFC 5321 4.5.1.
ALSO = {"postmaster", "abuse", "fbl", "feedback", "complaints", "bounces"}
TAKEN = "250 2.0.0 It is kept"
LATER = "451 4.3.0 It cannot be stored now, try again"
FULL = b"421 4.3.2 Too many connections, try again\r\n"
NOBODY = "550 5.1.1 Nobody here has this address"

log = logging.getLogger(__name__)


class Handler:
    """Takes mail for signed addresses of the bounce domain and for the few that everybody knows."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._domain = app.extensions["portal.settings"].bounce_domain.lower()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Whether an address is one of ours: what we do not take, another server must not send on either."""
        del server, session
        if not await self._in_context(lambda: self._is_ours(address)):
            return NOBODY
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Keep a mail, and say so only when that has committed."""
        del server, session
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        try:
            await self._in_context(lambda: _keep(raw, envelope.rcpt_tos))
        except Busy:
            log.warning("A bounce was asked for again later: too many reports wait.")
            return LATER
        except Exception:
            log.exception("A bounce could not be stored.")
            return LATER
        return TAKEN

    def _is_ours(self, address: str) -> bool:
        local, _, domain = address.strip("<>").lower().rpartition("@")
        return domain == self._domain and (local in ALSO or verp.read(local) is not None)

    async def _in_context(self, work: Callable[[], Any]) -> Any:
        """In a thread: the database is waited for there."""

        def done() -> Any:
            with self._app.app_context():
                return work()

        return await asyncio.get_running_loop().run_in_executor(None, done)


class Conversation(SMTP):
    """One conversation, which is broken off where all of them together fill too much memory."""

    def __init__(self, *args: Any, weights: "dict[SMTP, int]", **kwargs: Any) -> None:
        self._weights = weights
        super().__init__(*args, **kwargs)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._weights.setdefault(self, 0)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._weights[self] = self._weights.get(self, 0) + len(data) + LINE * data.count(b"\n")
        if sum(self._weights.values()) > MEMORY and isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()
            return
        super().data_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._weights.pop(self, None)
        super().connection_lost(error)

    def _set_post_data_state(self) -> None:
        self._weights[self] = 0
        super()._set_post_data_state()  # type: ignore[no-untyped-call]  # aiosmtpd types the rest


class LocalConversation(Conversation, LMTP):
    """The same with a mail server on this machine."""


class Full(asyncio.Protocol):
    """What is said to one connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(FULL)
            transport.close()


class Listener(Controller):
    """The server on its port, in a thread of its own."""

    def __init__(self, app: Flask, host: str, port: int, *, lmtp: bool, tls: ssl.SSLContext | None = None) -> None:
        self._kind = LocalConversation if lmtp else Conversation
        self._weights: dict[SMTP, int] = {}
        super().__init__(Handler(app), hostname=host, port=port)
        self.SMTP_kwargs |= {
            "data_size_limit": MOST,
            "enable_SMTPUTF8": True,
            "decode_data": False,
            "ident": "Portal",
            "tls_context": tls,
        }

    @property
    def bound_port(self) -> int:
        """The port it has, also where any free one was asked for."""
        sockets = self.server.sockets if isinstance(self.server, asyncio.Server) else ()
        return int(sockets[0].getsockname()[1]) if sockets else 0

    def _trigger_server(self) -> None:
        self.port = self.bound_port  # it connects to itself once, also where any free port was asked for
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd types the rest

    def factory(self) -> SMTP | Full:
        """One conversation, if there is room for it."""
        if len(self._weights) >= CONNECTIONS:
            return Full()
        return self._kind(self.handler, weights=self._weights, **self.SMTP_kwargs)


def _keep(raw: bytes, recipients: list[str]) -> None:
    signed = next((one for one in recipients if verp.read(one) is not None), recipients[0])
    with database.transaction():
        intake.keep(raw, signed.strip("<>"))
