"""An issue as anybody may read it: nobody's name and nobody's links in it."""

import html
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from portal.config import settings
from portal.mail import service as mail
from portal.newsletter.models import Audience, Campaign
from portal.newsletter.sending import fields
from portal.newsletter.sending.fields import Field

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

PATH = "/newsletter/archive"
ATOM = "http://www.w3.org/2005/Atom"
_UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 cannot say


def html_of(issue: Campaign) -> str:
    """The HTML part, with fall-backs in all merge fields and the way in where a person's way out stood."""
    return _filled(issue.content.html if issue.content else "", html.escape, issue)


def subject_of(issue: Campaign) -> str:
    """The subject, without anybody's name."""
    return _filled(issue.content.subject if issue.content else "", str, issue)


def summary_of(issue: Campaign) -> str:
    """The line that mailboxes show beside the subject."""
    return _filled(issue.content.preview_text if issue.content else "", str, issue)


def feed(audience: Audience, issues: list[Campaign]) -> str:
    """The past issues of an audience as RSS 2.0."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - for whoever reads a feed

    ET.register_namespace("atom", ATOM)
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    page = mail.link(f"{PATH}/of/{audience.slug}")
    _say(channel, "title", f"{audience.name} – {settings().shop_name}")
    _say(channel, "link", page)
    _say(channel, "description", audience.description or audience.name)
    ET.SubElement(channel, f"{{{ATOM}}}link", href=f"{page}/feed.xml", rel="self", type="application/rss+xml")
    for issue in issues:
        item = ET.SubElement(channel, "item")
        address = mail.link(f"{PATH}/{issue.public_id}")
        _say(item, "title", subject_of(issue))
        _say(item, "link", address)
        _say(item, "guid", address)
        if issue.started_at is not None:
            _say(item, "pubDate", issue.started_at.strftime("%a, %d %b %Y %H:%M:%S +0000"))
        _say(item, "description", summary_of(issue))
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _say(parent: "ET.Element", name: str, text: str) -> None:
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - as above

    ET.SubElement(parent, name).text = _UNFIT.sub("", text)


def _filled(text: str, escape: Callable[[str], str], issue: Campaign) -> str:
    same = {"shop": settings().shop_name, "view_url": mail.link(f"{PATH}/{issue.public_id}")}
    same |= dict.fromkeys(("unsubscribe_url", "preferences_url", "why_url"), mail.link("/newsletter"))
    parts = fields.parse(text)
    return "".join(escape(same.get(part.name) or part.fallback) if isinstance(part, Field) else part for part in parts)
