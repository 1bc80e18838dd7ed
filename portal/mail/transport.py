"""Ways out behind one send(): SMTP by Flask-Mail, `.eml` files in INSTANCE/mail, and a list in memory for tests."""

import functools
import re
import smtplib
import ssl
import time
from collections.abc import Collection, Iterator
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import EmailPolicy, default
from pathlib import Path
from typing import Any, Protocol, cast

from flask import Flask, current_app
from flask_mail import Connection, Mail

from portal.config import Settings, settings
from portal.foundation import clock, emails
from portal.mail.errors import Undelivered

EXTENSION = "portal.mail"
PATIENCE = 20  # seconds for each answer of a server
BEFORE_THE_DOT = 240  # seconds for all of a conversation until a mail is about to go out
AT_THE_DOT = 600  # seconds for the answer to a whole mail (RFC 5321 4.5.3.2.6): who gives up sooner sends it twice
LONGEST = BEFORE_THE_DOT + 2 * PATIENCE + AT_THE_DOT + 20  # seconds until a conversation is over and noted
NAME = re.compile(r"[\d-]+\w+")  # of a kept mail, without its ending
SMTPS = 465  # the port on which TLS comes first


class Transport(Protocol):
    """A way out."""

    def send(self, message: EmailMessage) -> str:
        """Hand a mail over and return what was answered.

        Raises:
            Undelivered: it was not taken.
        """


class Memory:
    """Keeps what was sent, for tests."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> str:
        """Keep the mail."""
        message.as_bytes()  # what cannot be written is found here, as it would be on the wire
        self.sent.append(message)
        return "kept in memory"


class Folder:
    """Keeps each mail as a file that any mail program opens."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def send(self, message: EmailMessage) -> str:
        """Keep the mail as a file."""
        self.keep(message.as_bytes(), re.sub(r"\W", "", str(message["Message-ID"]).split("@")[0]))
        return "kept as a file"

    def keep(self, data: bytes, mark: str) -> None:
        """Write a file under a name that sorts by time; whoever reads the folder finds whole files only."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{clock.now():%Y%m%d-%H%M%S-%f}-{mark}.eml"
        part = self.path / f".{name}"
        part.write_bytes(data)
        part.rename(self.path / name)

    def newest(self, most: int) -> list[tuple[str, EmailMessage]]:
        """The mails kept last, by name, newest first."""
        names = sorted((path.stem for path in self.path.glob("[!.]*.eml")), reverse=True)[:most]
        found = ((name, self.find(name)) for name in names)
        return [(name, message) for name, message in found if message is not None]

    def find(self, name: str) -> EmailMessage | None:
        """A mail kept under this name."""
        path = self.path / f"{name}.eml"
        if not NAME.fullmatch(name) or not path.is_file():
            return None
        return message_from_bytes(path.read_bytes(), policy=default)

    def before(self, moment: datetime) -> list[Path]:
        """The mails kept before a moment, those that were never written wholly included."""
        return [path for path in self.path.glob("*.eml") if path.stat().st_mtime < moment.timestamp()]

    def to(self, keys: Collection[str]) -> list[Path]:
        """The mails kept for some addresses, and those that were never written wholly."""
        return [path for path in self.path.glob("*.eml") if path.name[0] == "." or _is_to(path, keys)]

    @staticmethod
    def forget(paths: Collection[Path]) -> Collection[Path]:
        """Delete mails; the same ones come back."""
        for path in paths:
            path.unlink(missing_ok=True)
        return paths


class Smtp:
    """Talks to a mail server with the settings that Flask-Mail holds; one conversation for each mail."""

    def __init__(self, mail: Mail) -> None:
        self.mail = mail

    def send(self, message: EmailMessage) -> str:
        """Hand a mail to the server.

        Raises:
            Undelivered: nobody answered, or the answer was no.
        """
        try:
            with Conversation(self.mail) as conversation:
                return conversation.hand_over(message)
        except smtplib.SMTPRecipientsRefused as error:
            [(code, words)] = error.recipients.values()
            raise _undelivered(code, words) from error
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise _undelivered(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPResponseException as error:
            # A greeting or a sign-in refused tells of the server's set-up, not of this mail.
            raise Undelivered(_reply(error.smtp_code, error.smtp_error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered(f"{type(error).__name__}: {error}") from error


class Server(smtplib.SMTP):
    """A mail server whose last word on a mail is remembered: it often names the mail in the server's own log."""

    last_word: tuple[int, bytes] = (250, b"")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._until = time.monotonic() + BEFORE_THE_DOT
        self._next: Iterator[float] = iter(())  # patience for the answers that come next
        super().__init__(*args, **kwargs)

    def getreply(self) -> tuple[int, bytes]:
        """Wait for an answer; nobody hurries a server that has a whole mail."""
        patience = next(self._next, PATIENCE)
        if self.sock is not None:
            self.sock.settimeout(patience)
        return super().getreply()

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Hand over the text of a mail, unless so much time went by that somebody else may begin with it soon.

        Raises:
            TimeoutError: it did; nothing of the mail was sent.
        """
        if time.monotonic() > self._until:
            raise TimeoutError("The server took too long before the mail.")
        self._next = iter((PATIENCE, AT_THE_DOT))
        self.last_word = super().data(msg)
        return self.last_word


class TlsServer(Server, smtplib.SMTP_SSL):
    """The same, where TLS comes first."""


class Conversation(Connection):
    """Flask-Mail's connection, with patience that ends and an end that cannot undo a success."""

    def configure_host(self) -> Server:
        """Connect, encrypt and sign in as the settings say."""
        mail = self.mail
        host: Server
        if mail.port == SMTPS:
            host = TlsServer(mail.server, mail.port, timeout=PATIENCE, context=_trusted())
        else:
            host = Server(mail.server, mail.port, timeout=PATIENCE)
        if mail.use_tls and mail.port != SMTPS:
            host.starttls(context=_trusted())
        if mail.username and mail.password:
            host.login(mail.username, mail.password)
        host.ehlo_or_helo_if_needed()
        return host

    def __exit__(self, *error: object) -> None:
        """Say goodbye; a server that is gone already changes nothing about the answer it gave."""
        if self.host is not None:
            try:
                self.host.quit()
            except (smtplib.SMTPException, OSError):
                self.host.close()

    def hand_over(self, message: EmailMessage) -> str:
        """Send one mail.

        Raises:
            Undelivered: for good, when the server does not take an address written in other letters.
        """
        host = cast("Server", self.host)
        sender, to = _address(message, "From"), _address(message, "To")
        policy, options = cast("EmailPolicy", message.policy), []
        if not (to + sender).isascii():
            if not host.has_extn("smtputf8"):
                raise Undelivered("The mail server does not take this address (no SMTPUTF8).", for_good=True)
            policy, options = policy.clone(utf8=True), ["SMTPUTF8", "BODY=8BITMIME"]
        host.sendmail(sender, [to], message.as_bytes(policy=policy), options)
        return _reply(*host.last_word)


def init_app(app: Flask, chosen: Settings) -> None:
    """Choose the way out of this installation."""
    app.config.update(
        MAIL_SERVER=chosen.mail_server,
        MAIL_PORT=chosen.mail_port,
        MAIL_USERNAME=chosen.mail_username,
        MAIL_PASSWORD=chosen.mail_password,
        MAIL_USE_TLS=chosen.mail_use_tls,
        MAIL_DEFAULT_SENDER=chosen.mail_default_sender,
        MAIL_SUPPRESS_SEND=False,
    )
    app.extensions[EXTENSION] = _choose(Mail(app), chosen)


def current() -> Transport:
    """The way out of the application at work."""
    found: Transport = current_app.extensions[EXTENSION]
    return found


def folder() -> Folder:
    """Where an installation keeps its mails as files, if it ever did."""
    return Folder(settings().instance / "mail")


def _choose(mail: Mail, chosen: Settings) -> Transport:
    if chosen.mail_server:
        return Smtp(mail)
    return Memory() if chosen.env == "testing" else Folder(chosen.instance / "mail")


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Checks who the server is; reading the machine's certificates takes longer than sending a mail."""
    return ssl.create_default_context()


def _is_to(path: Path, keys: Collection[str]) -> bool:
    try:
        to = BytesHeaderParser(policy=default).parsebytes(path.read_bytes())["To"]
    except FileNotFoundError:
        return False  # somebody else was faster
    return to is not None and any(emails.key(address.addr_spec) in keys for address in to.addresses)


def _address(message: EmailMessage, name: str) -> str:
    return str(message[name].addresses[0].addr_spec)


def _undelivered(code: int, words: bytes | str) -> Undelivered:
    return Undelivered(_reply(code, words), for_good=500 <= code < 600)


def _reply(code: int, words: bytes | str) -> str:
    return f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
