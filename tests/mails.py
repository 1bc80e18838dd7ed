"""Reading the mails of the tests."""

import re
from email.message import EmailMessage

from portal.config import settings

FOOT = ("/help", "/privacy", "/terms")


def text_of(message: EmailMessage) -> str:
    """The text part."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(message: EmailMessage) -> str:
    """The HTML part."""
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def link_in(message: EmailMessage, start: str = "/") -> str:
    """The path of the first link to the portal that begins with `start`; those of the foot are left out."""
    base = re.escape(settings().base_url.rstrip("/"))
    paths = [path for path in re.findall(rf"{base}(/[^\s<>\"]*)", text_of(message)) if path not in FOOT]
    fitting = [path for path in paths if path.startswith(start)]
    assert fitting, f"No link {start}… in {message['Subject']!r}: {paths}"
    return str(fitting[0])
