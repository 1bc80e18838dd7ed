"""From what is typed to what a campaign says: HTML and text are made once, when it is saved."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import Any

from markupsafe import Markup, escape

from portal.config import settings
from portal.foundation import emails
from portal.foundation.database import db
from portal.foundation.text import _
from portal.mail import composing
from portal.newsletter.errors import FieldUnknown
from portal.newsletter.models import Audience, CampaignContent, ContentPicture, LibraryPicture
from portal.newsletter.queries import campaigns as queries
from portal.newsletter.rules import blocks as rules
from portal.newsletter.rules import markdown
from portal.newsletter.rules.blocks import Block, Kind
from portal.newsletter.sending import fields

LINKS = {"unsubscribe": "unsubscribe_url", "preferences": "preferences_url", "view": "view_url", "why": "why_url"}
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Draft:
    """A campaign as its editor holds it."""

    name: str
    audience: Audience
    sender_name: str
    sender_email: str
    subject: str = ""
    preview_text: str = ""
    reply_to: str = ""
    blocks: Sequence[Block] = ()
    segment_id: int | None = None
    excluded: Sequence[int] = ()
    per_hour: int | None = None
    tracks_clicks: bool = False
    is_archived: bool = False


def faults(draft: Draft) -> dict[str, str]:
    """What of a draft cannot be kept, by the name of its field."""
    found: dict[str, str] = {}
    for name in ("sender_email", "reply_to"):
        typed = getattr(draft, name)
        if typed and emails.read(typed) is None:
            found[name] = _("Enter an email address in the correct format, like name@example.com")
    for name, text in (("subject", draft.subject), ("preview_text", draft.preview_text)):
        if words := _field_fault(text, links=False):
            found[name] = words
    found |= rules.faults(draft.blocks)
    for name, text in rules.texts(draft.blocks):
        if name not in found and (words := _field_fault(text, links=True)):
            found[name] = words
    shown = set() if found else rules.pictures(draft.blocks)
    if missing := shown - queries.pictures_of(shown).keys():
        place = _place_of(draft.blocks, missing)
        found[f"block-{place}-picture"] = _("This picture is gone. Choose another one.")
    return found


def content(draft: Draft) -> CampaignContent:
    """The row of what a draft without faults says, with the pictures it shows."""
    shown = queries.pictures_of(rules.pictures(draft.blocks))
    html, text = _rendered(draft, shown)
    row = CampaignContent(
        sender=formataddr((draft.sender_name, emails.for_wire(draft.sender_email))),
        reply_to=draft.reply_to,
        subject=draft.subject,
        preview_text=draft.preview_text,
        blocks=[dict(block) for block in draft.blocks],
        html=html,
        text=text,
    )
    db.session.add(row)
    db.session.flush()
    db.session.add_all(ContentPicture(content_id=row.id, picture_id=number) for number in shown)
    db.session.flush()
    return row


def sender_of(row: CampaignContent) -> tuple[str, str]:
    """Name and address that a campaign comes from."""
    return parseaddr(row.sender)


def default_sender(audience: Audience) -> tuple[str, str]:
    """Name and address that an audience's campaigns come from unless somebody says otherwise."""
    own = settings()
    return audience.sender_name or own.shop_name, audience.sender_email or own.mail_default_sender


def picture_address(picture: LibraryPicture) -> str:
    """Where everybody finds a picture of a mail."""
    return settings().base_url.rstrip("/") + picture_path(picture)


def picture_path(picture: LibraryPicture) -> str:
    """The same within our own pages."""
    suffix = "png" if picture.file.media_type == "image/png" else "jpg"
    return f"/pictures/{picture.key}.{suffix}"


def _place_of(blocks: Sequence[Block], missing: set[int]) -> int:
    return next(place for place, block in enumerate(blocks) if rules.pictures([block]) & missing)


def _field_fault(text: str, *, links: bool) -> str:
    """Why the merge fields of a text cannot be read; empty when they can."""
    try:
        parts = fields.parse(text)
    except FieldUnknown as refusal:
        return str(refusal)
    for part in parts:
        if isinstance(part, str) and ("{{" in part or "}}" in part):
            return _("A field begins with {{ and ends with }}, on one line. One of the two is missing.")
        if not isinstance(part, str) and not links and part.name in fields.LINKS:
            return _("A link can’t stand here. Write it into the message.")
        if not isinstance(part, str) and {"<", ">"} & set(part.fallback):
            return _("What stands instead of an empty field is plain text, without < and >.")
    return ""


def _rendered(draft: Draft, shown: Mapping[int, LibraryPicture]) -> tuple[str, str]:
    known: dict[str, object] = {name: f"{{{{ {field} }}}}" for name, field in LINKS.items()}
    known |= {
        "audience": draft.audience.name,
        "postal_address": settings().postal_address,
        "in_archive": draft.is_archived,
    }
    locale = settings().shop_locales[0]
    as_html = known | {
        "subject": _escaped(draft.subject),
        "preview": _escaped(draft.preview_text),
        "blocks": [_as_html(block, shown) for block in draft.blocks],
    }
    as_text = known | {"blocks": [_as_text(block, shown) for block in draft.blocks]}
    html = composing.rendered("mail/newsletter/campaign.html", as_html, locale=locale)
    text = composing.rendered("mail/newsletter/campaign.txt", as_text, locale=locale)
    return html.strip() + "\n", _BLANK_LINES.sub("\n\n", text).strip() + "\n"


def _as_html(block: Block, shown: Mapping[int, LibraryPicture]) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": block["kind"], **_picture(block, shown)}
    for name in rules.PARTS[Kind(block["kind"])]:
        if (block["kind"], name) in rules.IN_MARKDOWN:
            told[name] = Markup(markdown.html(block[name]))  # noqa: S704 - Markdown of which no HTML passes
        elif name != "picture":
            told[name] = _escaped(block[name])
    return told


def _as_text(block: Block, shown: Mapping[int, LibraryPicture]) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": block["kind"], **_picture(block, shown)}
    for name in rules.PARTS[Kind(block["kind"])]:
        if name != "picture":
            is_markdown = (block["kind"], name) in rules.IN_MARKDOWN
            told[name] = markdown.plain(block[name]) if is_markdown else block[name]
    return told


def _picture(block: Block, shown: Mapping[int, LibraryPicture]) -> dict[str, Any]:
    found = shown.get(int(block["picture"])) if block.get("picture") else None
    if found is None:
        return {}
    return {"src": picture_address(found), "alt": found.alt, "width": found.width, "height": found.height}


def _escaped(text: str) -> Markup:
    """Text for HTML, its merge fields as they are: what stands in them is escaped when they are filled in."""
    pieces, place = [], 0
    for found in markdown.FIELD.finditer(text):
        pieces += [str(escape(text[place : found.start()])), found[0]]
        place = found.end()
    return Markup("".join([*pieces, str(escape(text[place:]))]))  # noqa: S704 - escaped above
