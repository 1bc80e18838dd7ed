"""From a letter to a message: both bodies, the headers, and nothing in them that was not meant as a header."""

import functools
import re
import unicodedata
from collections.abc import Mapping
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from babel import Locale
from flask import current_app
from flask_babel import force_locale

from portal.config import settings
from portal.foundation import clock, emails
from portal.mail.errors import Undelivered

SUBJECT = 200  # characters; longer ones are cut by every mailbox
HEADER = re.compile(r"[A-Za-z0-9-]+")
BLANK_LINES = re.compile(r"\n{3,}")


class WholeHeader:
    """A header of addresses of the web: never folded within one, never encoded, so that programs can read it."""

    max_count = 1
    parse = UnstructuredHeader.parse

    def fold(self, *, policy: EmailPolicy) -> str:
        """The header on as few lines as it needs."""
        words = str(self).split(" ")
        return f"{self.name}: " + f"{policy.linesep} ".join(words) + policy.linesep  # type: ignore[attr-defined]  # the registry mixes this into BaseHeader


_registry = HeaderRegistry()
for _name in ("list-unsubscribe", "list-unsubscribe-post", "list-id", "list-help"):
    _registry.map_to_type(_name, WholeHeader)  # type: ignore[arg-type]  # the registry itself mixes BaseHeader in

# Seven bits, because a server need not offer more.
POLICY = EmailPolicy(linesep="\r\n", cte_type="7bit", header_factory=_registry)
AUTOMATIC = _registry("Auto-Submitted", "auto-generated")


def compose(
    template: str,
    context: Mapping[str, object],
    *,
    to: str,
    message_id: str,
    headers: Mapping[str, str],
    locale: str,
) -> EmailMessage:
    """The mail of a template, ready to be sent.

    Raises:
        Undelivered: for good, when an address cannot stand in a header.
        ValueError: a header's name is none.
    """
    message = EmailMessage(policy=POLICY)
    with force_locale(locale):
        known = _known(locale) | dict(context)
        message["Subject"] = one_line(_subject(template, known))[:SUBJECT]
        text, html = _render(f"{template}.txt", known), _render(f"{template}.html", known)
    _address(message, to)
    message["Date"] = clock.now()
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = AUTOMATIC
    for name, value in headers.items():
        if not HEADER.fullmatch(name):  # the library lets line breaks in names pass
            raise ValueError(f"Not the name of a header: {name!r}")
        message[name] = one_line(value)
    message.set_content(BLANK_LINES.sub("\n\n", text).strip() + "\n")
    message.add_alternative(html.strip() + "\n", subtype="html")
    return message


def rendered(name: str, context: Mapping[str, object], *, locale: str) -> str:
    """A template of mails in a language, for who keeps what it says instead of sending it at once."""
    with force_locale(locale):
        return _render(name, _known(locale) | dict(context))


def one_line(text: str) -> str:
    """Words on one line, without control characters: what may stand in a header."""
    return " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") else c for c in text).split())


def _address(message: EmailMessage, to: str) -> None:
    own = settings()
    try:
        message["From"] = _of_the_shop("From", own.shop_name, own.mail_default_sender)
        if own.shop_contact:
            message["Reply-To"] = _of_the_shop("Reply-To", own.shop_name, own.shop_contact)
        message["To"] = _recipient(to)
    except (ValueError, LookupError) as error:
        raise Undelivered(f"Not an address: {error}", for_good=True) from error


@functools.lru_cache(maxsize=8)
def _of_the_shop(header: str, name: str, address: str) -> Any:
    """A header that every mail has: to read what it says takes longer than to write the whole head."""
    return POLICY.header_factory(header, Address(one_line(name), addr_spec=address))


def _recipient(to: str) -> Address:
    if emails.read(to) is None:
        raise ValueError(one_line(to))
    local, _, domain = emails.for_wire(to).rpartition("@")
    return Address(username=local, domain=domain)


def _known(locale: str) -> dict[str, Any]:
    return {"lang": locale.replace("_", "-"), "dir": Locale.parse(locale).text_direction}


def _render(name: str, known: Mapping[str, Any]) -> str:
    return current_app.jinja_env.get_template(name).render(known)


def _subject(template: str, known: Mapping[str, Any]) -> str:
    source = current_app.jinja_env.get_template(f"{template}.txt")
    return "".join(source.blocks["subject"](source.new_context(dict(known))))
