"""Where the portal's mails arrive: a real SMTP server, or the folder in which a shop without one keeps them."""

import re
import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from tests.processes import free_port

WITHIN = 30  # seconds that a mail may take, worker and all
ADDRESS = re.compile(r"https?://[^\s<>\"]+")


class Mailbox:
    """Everybody's letter box; whoever reads a mail takes it out."""

    def __init__(self) -> None:
        self._unread: list[EmailMessage] = []
        self._all: list[EmailMessage] = []
        self._arrived = threading.Condition()

    def read(self, email: str, about: str) -> EmailMessage:
        """Take out the oldest mail to an address with these words in its subject or text, waiting for it."""
        until = time.monotonic() + WITHIN
        while True:
            self._collect()
            with self._arrived:
                for mail in self._unread:
                    if email in str(mail["To"]) and about.lower() in f"{mail['Subject']}\n{text_of(mail)}".lower():
                        self._unread.remove(mail)
                        return mail
                left = until - time.monotonic()
                assert left > 0, f"No mail to {email} about {about!r}; there are {self._subjects()}."
                self._arrived.wait(min(left, 0.2))

    def every(self) -> list[EmailMessage]:
        """All mails so far, read or not, one of each subject."""
        self._collect()
        with self._arrived:
            return list({str(mail["Subject"]): mail for mail in self._all}.values())

    def _collect(self) -> None:
        """Look for new mails where nobody brings them."""

    def _deliver(self, content: bytes) -> None:
        with self._arrived:
            mail = message_from_bytes(content, policy=policy.default)
            self._all.append(mail)
            self._unread.append(mail)
            self._arrived.notify_all()

    def _subjects(self) -> list[str]:
        return [f"{mail['To']}: {mail['Subject']}" for mail in self._unread]


class PostOffice(Mailbox):
    """A mailbox behind an SMTP server of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)
        self._server.start()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        self._deliver(envelope.content)
        return "250 Taken"

    def close(self) -> None:
        """Stop the server."""
        self._server.stop()


class Kept(Mailbox):
    """The folder in which a shop without a mail server keeps its mails."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._known: set[Path] = set()

    def _collect(self) -> None:
        for path in sorted(set(self._folder.glob("[!.]*.eml")) - self._known):
            self._known.add(path)
            self._deliver(path.read_bytes())


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None, f"{mail['Subject']} has no plain text."
    return str(part.get_content())


def html_of(mail: EmailMessage) -> str:
    """The picture book version of a mail."""
    part = mail.get_body(("html",))
    assert part is not None, f"{mail['Subject']} has no HTML."
    return str(part.get_content())


def link_in(mail: EmailMessage, start: str = "") -> str:
    """The first address in the text of a mail whose path starts so, as path."""
    paths = [re.sub(r"^https?://[^/]+", "", address) for address in ADDRESS.findall(text_of(mail))]
    fitting = [path for path in paths if path.startswith(start) and path.strip("/")]
    assert fitting, f"No link {start} in {mail['Subject']}:\n{text_of(mail)}"
    return fitting[0]
